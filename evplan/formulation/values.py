"""Read a solution vector back by component, without writing it into the Pyomo model."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyomo.environ import Var

from evplan.linear.labels import Labels


@dataclass(frozen=True)
class Places:
    """Where the columns of a variable stand in a program, an array over its indices; -1 where there is none."""

    at: np.ndarray


class Kept:
    """What reading a solution back needs of a model, without the model: where its variables' columns stand."""

    def __init__(self, model: Any, labels: Labels) -> None:
        variables = model.component_objects(Var)
        self.__dict__ |= {v.local_name: Places(labels.grid(v).astype(np.int32)) for v in variables}

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def component(self, name: str) -> Any:
        """Return a component by its name, None if there is none."""
        return self.__dict__.get(name)


class Values:
    """The values of a model's variables, looked up by Pyomo component, or by its `Places`."""

    def __init__(self, labels: Labels | None, x: np.ndarray | None = None) -> None:
        self._labels = labels
        self._x = np.zeros(len(labels or ())) if x is None else x

    def at(self, x: np.ndarray) -> Values:
        """Return the same look-up at a solution vector."""
        other = copy.copy(self)
        other._x = x
        return other

    def mark(self, components: list[Any]) -> np.ndarray:
        """Return which columns belong to the components, shape (columns,), bool."""
        marked = np.zeros(len(self._x) + 1, bool)  # the last for what is not in the program
        for component in components:
            marked[self._places(component)] = True
        return marked[:-1]

    def of(self, component: Any) -> np.ndarray:
        """Return a variable's values, an array over its indices.

        A variable that no constraint or cost mentions is not in the program; it is 0.
        """
        return np.append(self._x, 0.0)[self._places(component)]

    def least_0(self, component: Any) -> np.ndarray:
        """Return the same of a variable that is at least 0; what the solver leaves below is cut."""
        return np.maximum(self.of(component), 0.0)

    def _places(self, component: Any) -> np.ndarray:
        if isinstance(component, Places):
            return component.at
        assert self._labels is not None
        return self._labels.grid(component)
