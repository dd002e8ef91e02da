"""What a file says, as a message may show it: values as the file writes them, without control characters."""

from __future__ import annotations

import math
from typing import Any

LONGEST = 60
DEEPEST = 4


def shown(value: Any) -> str:
    """Return a value as a file would show it, at most 60 letters long."""
    text = _written(value, DEEPEST)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def harmless(word: object) -> str:
    """Return a word that cannot move a terminal's cursor."""
    text = str(word)
    return text if text.isprintable() else repr(text)


def _written(value: Any, depth: int) -> str:
    if isinstance(value, (list, dict)) and depth == 0:
        return "..."
    if isinstance(value, list):
        return f"[{', '.join(_written(item, depth - 1) for item in value[:LONGEST])}]"
    if isinstance(value, dict):
        pairs = (f"{harmless(key)}: {_written(item, depth - 1)}" for key, item in list(value.items())[:LONGEST])
        return f"{{{', '.join(pairs)}}}"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return repr(value) if isinstance(value, str) else str(value)
