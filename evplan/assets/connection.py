"""The grid connection: which import limits can be had and what they cost."""

from __future__ import annotations


def choices_kw(existing_kw: float, steps: tuple[tuple[float, float], ...]) -> dict[float, float]:
    """Return {import limit in kW: one-off cost}; the existing limit costs nothing."""
    return {existing_kw: 0.0, **dict(steps)}
