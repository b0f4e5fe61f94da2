"""Ana of Argentina's programme, Luis as second officer, and Bolivia's node."""

from __future__ import annotations

from tests.alerts.conftest import ana, bolivia, luis

__all__ = ["ana", "bolivia", "luis"]
