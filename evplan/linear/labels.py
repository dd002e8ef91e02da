"""Whose rows and columns those of a program are: names and indices, without a Pyomo object for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from evplan.linear.columns import grid, plain
from evplan.linear.pairs import members


class Labels:
    """The members of components one after another, or those of them that are `kept`.

    components, keys : Pyomo components and the indices of their members that count, an array or a list each.
    """

    def __init__(self, components: Sequence[Any], keys: Sequence[Any]) -> None:
        self._components, self._keys = list(components), list(keys)
        self.start = np.concatenate([[0], np.cumsum([len(own) for own in keys], dtype=int)])
        self._kept = np.arange(self.start[-1])
        self._number = {id(component): i for i, component in enumerate(components)}

    def keep(self, kept: np.ndarray) -> None:
        """Leave out all but some members. kept : their numbers so far."""
        self._kept = self._kept[kept]

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, i: Any) -> Any:
        """Return a member as Pyomo has it."""
        c, key = self._where(i)
        return members(self._components[c])[key]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def name_of(self, i: int) -> str:
        """Return the name of the component that a member belongs to."""
        return self._components[self._where(i)[0]].local_name

    def index_of(self, i: int) -> Any:
        """Return a member's index."""
        return self._where(i)[1]

    def of(self, name: str) -> np.ndarray:
        """Return the numbers of a component's members, by its name."""
        owners = [i for i, component in enumerate(self._components) if component.local_name == name]
        return np.concatenate([np.zeros(0, int), *(self._between(i) for i in owners)])

    def grid(self, component: Any) -> np.ndarray:
        """Return the number of each of a variable's members, an array over its indices; -1 where there is none."""
        i, places = self._number[id(component)], grid(component)
        own = np.full(len(self._keys[i]) + 1, -1)  # the last is for places without a column
        mine = self._between(i)
        own[self._kept[mine] - self.start[i]] = mine
        return own[places]

    def _between(self, i: int) -> np.ndarray:
        """Return the numbers of a component's members that are kept."""
        return np.arange(*np.searchsorted(self._kept, self.start[[i, i + 1]]))

    def _where(self, i: int) -> tuple[int, Any]:
        number = int(self._kept[i])
        c = int(np.searchsorted(self.start, number, side="right")) - 1
        keys = self._keys[c]
        key = keys[number - int(self.start[c])]
        return c, plain(key.tolist()) if isinstance(key, np.ndarray) else key
