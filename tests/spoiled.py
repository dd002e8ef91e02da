"""Where a tree can be spoiled, and what no refusal may say."""

from __future__ import annotations

import re

JARGON = re.compile(r"pydantic|Input should|Extra inputs|[a-z]+_(type|error|parsing)\b|something else|Traceback|ruamel")


def places(tree, loc=()):
    """Return the location of every value of a tree, itself first."""
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [loc, *(place for key, value in inside for place in places(value, (*loc, key)))]
