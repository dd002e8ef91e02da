"""Compile a Pyomo model once to a sparse matrix.

minimise cost x + offset   subject to   row_lower <= A x <= row_upper,  lower <= x <= upper,
x[i] integer where integer[i]
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_array


@dataclass(frozen=True)
class Program:
    """A compiled model. `columns` are Pyomo variables, `rows` (constraint, kind) pairs, in matrix order."""

    matrix: csc_array  # shape (rows, columns)
    cost: np.ndarray
    offset: float
    row_lower: np.ndarray
    row_upper: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    integer: np.ndarray  # bool
    columns: list[Any]
    rows: list[Any]


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Pause the collector: millions of small model objects are all alive, so looking for dead ones wastes seconds."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def compile_model(model: Any) -> Program:
    """Return a linear Pyomo model (one objective, minimised) as matrices."""
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    with no_garbage_collection():
        form = LinearStandardFormCompiler().write(model, mixed_form=True)
    right = np.asarray(form.rhs, float)
    kind = np.array([row.bound_type for row in form.rows])
    columns = list(form.columns)
    return Program(
        matrix=csc_array(form.A),
        cost=np.asarray(form.c.toarray()).ravel(),
        offset=float(np.asarray(form.c_offset).ravel()[0]),
        row_lower=np.where(kind == 1, -np.inf, right),
        row_upper=np.where(kind == -1, np.inf, right),
        lower=np.array([-np.inf if v.lb is None else v.lb for v in columns], float),
        upper=np.array([np.inf if v.ub is None else v.ub for v in columns], float),
        integer=np.array([v.is_integer() for v in columns], bool),
        columns=columns,
        rows=list(form.rows),
    )
