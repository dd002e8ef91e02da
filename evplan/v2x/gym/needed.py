"""Whether what learning needs is installed."""

from __future__ import annotations

import importlib.util

from evplan.errors import InputError


def needed() -> None:
    """Raise `InputError` where what learning needs is not installed."""
    if missing := [
        name for name in ("gymnasium", "stable_baselines3", "torch") if importlib.util.find_spec(name) is None
    ]:
        raise InputError(f"learned policies need {', '.join(missing)}: pip install evplan[learn]")
