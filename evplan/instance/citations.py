"""Where inputs come from, as the file says: a source and a date for a value, or for all of a block."""

from __future__ import annotations

from evplan.instance.base import Day, Noun, Text


class Citation(Noun):
    """Where a value comes from."""

    source: Text
    """Document, measurement, or whoever said so."""
    date: Day | None = None
    """Day of the source."""
