"""The nearest thing that exists, for a word that does not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MAX_LISTED = 20


def nearest(word: object, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, whatever its case; None if none is close."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(str(word).lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return '; did you mean ...?' for the nearest known word, else the list of what is known."""
    known = list(known)
    near = nearest(word, known)
    if near is not None:
        return f"; did you mean '{near}'?"
    more = ", ..." if len(known) > MAX_LISTED else ""
    return f"; known here: {', '.join(sorted(known)[:MAX_LISTED])}{more}" if known else ""
