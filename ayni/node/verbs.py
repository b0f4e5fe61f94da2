"""The second word of a command: `ayni trust sign`, `ayni user add`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ayni.node.home import say
from ayni.node.words import gettext as _


def run_verb(
    word: str, verbs: Mapping[str, Callable[[Sequence[str]], int | None]], given: Sequence[str]
) -> int:
    """Exit code of `ayni WORD VERB …`: what the verb answers, None counting as 0; 1 with a sentence
    for a file that cannot be read or written; 2 for a verb that there is not."""
    if not given or given[0] not in verbs:
        say(
            _("say `ayni %(word)s` and one of %(verbs)s; each has --help")
            % {"word": word, "verbs": ", ".join(verbs)}
        )
        return 2
    try:
        return verbs[given[0]](given[1:]) or 0
    except OSError as wrong:
        if wrong.filename is None:
            raise
        say(f"{wrong.filename}: {wrong.strerror}")
        return 1
