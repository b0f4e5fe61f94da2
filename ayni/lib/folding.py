"""Folding of names: what makes two spellings of one Ibero-American name equal.

`fold` removes case, accents and punctuation. `phonetic` maps a word to its sound in Spanish and
Portuguese as spoken in South America (seseo, yeismo, b = v, mute h, n for nh and ñ apart from
plain n), so that *Quispe* meets *Kispe* and *Gonçalves* meets *Gonsalves*.
"""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9ñ]+")
_DOUBLED = re.compile(r"(.)\1+")

# Order matters: longer graphs first, and those that depend on the next vowel before single letters.
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"nh|ñ|ny(?=[aeiou])", "N"),
        (r"lh|ll(?=[aeiouy])", "y"),
        (r"sch|sh|ch", "X"),
        (r"th", "t"),
        (r"qu(?=[ei])", "k"),
        (r"q", "k"),
        (r"gu(?=[ei])", "G"),
        (r"g(?=[ei])|j|x(?=[aeiou])", "J"),
        (r"gü", "Gu"),
        (r"g", "G"),
        (r"sc(?=[ei])|xc(?=[ei])|c(?=[ei])|ç|z|ss|x", "s"),
        (r"ck|cc|c", "k"),
        (r"w|v", "b"),
        (r"hu(?=[aeio])", "u"),
        (r"h", ""),
        (r"y\b|y(?=[^aeiou])", "i"),
        (r"m(?=[^aeiou]|\b)", "n"),
    )
)


def fold(text: str) -> str:
    """Lower case, without accents (ñ and ç keep their own letter as n~ and c), single spaces."""
    text = text.casefold().replace("ñ", "\0").replace("n\u0303", "\0")
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("\0", "ñ")
    return _NOT_WORD.sub(" ", plain).strip()


def phonetic(word: str) -> str:
    """The sound of one word in capitals; empty for a word without letters.

    Vowels inside the word are dropped except the first sound, as spellings differ most there.
    """
    cedilla = word.casefold().replace("ç", "ss")
    sound = fold(cedilla).replace(" ", "")
    if not sound:
        return ""
    for pattern, replacement in _SOUNDS:
        sound = pattern.sub(replacement, sound)
    sound = _DOUBLED.sub(r"\1", sound)
    if not sound:
        return ""
    head, tail = sound[0], re.sub(r"[aeiou]", "", sound[1:])
    return (head + tail).replace("N", "Ñ").upper().replace("Y", "LL")


def words(text: str) -> list[str]:
    """The folded words of a name without its particles (de, da, dos, la …), in order."""
    particles = {"de", "da", "do", "das", "dos", "del", "la", "las", "los", "el", "y", "e", "van"}
    return [word for word in fold(text).split() if word not in particles]
