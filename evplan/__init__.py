"""evplan: plan electric-vehicle charging, prove the plan, and say whether it pays.

import evplan
run = evplan.solve("instances/tiny.yaml")
evplan.report(run, "reports/tiny")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from evplan import report
    from evplan.errors import CheckError, EvplanError, InfeasibleError, InputError, InstanceError, NoPlanError
    from evplan.instance.read import Read, read
    from evplan.instance.schema import Instance
    from evplan.paths import anywhere
    from evplan.plan import solve
    from evplan.report.run import Run
    from evplan.scenarios.compare import compare

_DOOR = {
    "read": ("evplan.instance.read", "read"),
    "solve": ("evplan.plan", "solve"),
    "anywhere": ("evplan.paths", "anywhere"),
    "compare": ("evplan.scenarios.compare", "compare"),
    "Read": ("evplan.instance.read", "Read"),
    "Instance": ("evplan.instance.schema", "Instance"),
    "Run": ("evplan.report.run", "Run"),
    **{
        name: ("evplan.errors", name)
        for name in ("EvplanError", "InputError", "InstanceError", "InfeasibleError", "NoPlanError", "CheckError")
    },
}

__all__ = [
    "CheckError", "EvplanError", "InfeasibleError", "InputError", "Instance", "InstanceError", "NoPlanError", "Read", "Run",
    "anywhere", "compare", "read", "report", "solve",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that `import evplan` stays instant."""
    if name == "report":
        return importlib.import_module("evplan.report")
    if name not in _DOOR:
        raise AttributeError(f"module 'evplan' has no attribute {name!r}")
    module, attribute = _DOOR[name]
    return getattr(importlib.import_module(module), attribute)
