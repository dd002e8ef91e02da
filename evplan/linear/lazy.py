"""Pyomo components declared on a grid, whose members are made only when something asks for them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np


class Lazy:
    """A component with a member wherever `where` says so, bool. Pyomo looks for members in `_data`, and fills a copy's in place."""

    where: np.ndarray
    _members: dict[Any, Any]

    if TYPE_CHECKING:  # what each kind of component has of its own

        def _make(self) -> dict[Any, Any]:
            """Return every member by its index."""

    def __len__(self) -> int:
        return int(np.count_nonzero(self.where))

    @cached_property
    def indices(self) -> np.ndarray:
        """Return the index of every member, shape (members, axes), in the order of the grid."""
        return np.argwhere(self.where)

    @property
    def made(self) -> dict[Any, Any] | None:
        """Return the members, if anything has asked for them: they may have been changed."""
        return self._members or None

    @property
    def _data(self) -> dict[Any, Any]:
        if not self._members and self.__dict__.get("_constructed"):
            self._members.update(self._make())
        return self._members

    @_data.setter
    def _data(self, members: dict[Any, Any]) -> None:
        self._members = members
