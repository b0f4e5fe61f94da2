"""Releases: proposed, checked by the machine, reviewed by a second person, published, rebuilt.

`states`, `content`, `joint` and `making` are pure; `private` needs the extra `observatory`. Why it
is done this way: docs/adr/0081."""
