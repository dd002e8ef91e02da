"""The plan that every peer solves, written to a folder once: one site, 8,760 hours, as plain numbers.

case.npz    demand_kw, price, sun (shape (8760,)), month (int, 0 to 11)
case.json   everything that is one number, and the charger types
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """A site in plain numbers; money is present value, so a yearly amount counts `worth` times."""

    demand_kw: np.ndarray
    price: np.ndarray
    sun: np.ndarray
    month: np.ndarray
    said: dict[str, Any]


def read_case(folder: Path) -> Case:
    """Return the case in a folder."""
    series = np.load(folder / "case.npz")
    return Case(
        *(series[name] for name in ("demand_kw", "price", "sun", "month")),
        json.loads((folder / "case.json").read_text()),
    )


def told(solve: Callable[[Case], dict[str, Any]]) -> None:
    """Solve the case in the folder named on the command line; print one JSON object with seconds and memory."""
    case = read_case(Path(sys.argv[1]))
    begun = time.perf_counter()
    answer = solve(case)
    answer["seconds"] = time.perf_counter() - begun
    answer["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(answer))
