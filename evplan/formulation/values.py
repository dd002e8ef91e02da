"""Read a solution vector back by component, without writing it into the Pyomo model."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyomo.environ import RangeSet, Set, Var

from evplan.linear import members
from evplan.parameters.types import SiteParameters

SETS_READ = (
    "CK",
    "G",
    "WANTED_YT",
    "EXPORT_T",
    "SUN_T",
    "HELD_FYT",
    "INTO_YT",
    "GIVE_YT",
    "HOSTED_YJ",
)  # by the components' `results`


@dataclass(frozen=True)
class Columns:
    """Where the columns of a variable stand, -1 for those that are not in the model."""

    at: np.ndarray


class Kept:
    """What reading a solution back needs of a model, without the model: some sets, and where its variables' columns stand."""

    def __init__(self, model: Any, values: Values) -> None:
        self.__dict__ |= {
            s.local_name: list(s) for s in model.component_objects((Set, RangeSet)) if s.local_name in SETS_READ
        }
        self.__dict__ |= {
            v.local_name: Columns(np.array(values.columns_of(v), np.int32)) for v in model.component_objects(Var)
        }

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def component(self, name: str) -> Any:
        """Return a component by its name, None if there is none."""
        return self.__dict__.get(name)


class Values:
    """The values of a model's variables, looked up by Pyomo component."""

    def __init__(self, columns: list[Any], x: np.ndarray | None = None) -> None:
        self._column = {id(variable): i for i, variable in enumerate(columns)}
        self._x = np.zeros(len(columns)) if x is None else x

    def at(self, x: np.ndarray) -> Values:
        """Return the same look-up at a solution vector."""
        other = copy.copy(self)
        other._x = x
        return other

    def mark(self, components: list[Any]) -> np.ndarray:
        """Return which columns belong to the components, shape (columns,), bool."""
        marked = np.zeros(len(self._column), bool)
        marked[[self._column[id(v)] for c in components for v in members(c).values() if id(v) in self._column]] = True
        return marked

    def columns_of(self, component: Any) -> list[int]:
        """Return where a variable's columns stand, in index order; -1 for one that is not in the model."""
        return [self._column.get(id(variable), -1) for variable in members(component).values()]

    def of(self, component: Any) -> np.ndarray:
        """Return an indexed variable's values in index order, shape (indices,).

        A variable that no constraint or cost mentions is not in the model; it is 0.
        """
        at = component.at if isinstance(component, Columns) else self.columns_of(component)
        return np.append(self._x, 0.0)[np.array(at, dtype=int)] if len(at) else np.zeros(0)

    def grid(self, component: Any, site: SiteParameters, steps: list[int] | None = None) -> np.ndarray:
        """Return a variable over (years, steps), 0 where it does not exist; solver noise below 0 is cut."""
        grid = np.zeros((len(site.years), site.clock.steps))
        wanted = slice(None) if steps is None else steps
        grid[:, wanted] = np.maximum(self.of(component), 0.0).reshape(len(site.years), -1)
        return grid
