"""What is said while the settings are read, in the language of the terminal."""

from __future__ import annotations

from pathlib import Path

from ayni.lib.terminal import speaker

gettext = speaker(Path(__file__).parent.parent / "locale")
