"""Pyomo components whose members are made only when something asks for them."""

from __future__ import annotations

from typing import Any


class Lazy:
    """Keeps a component's members once they are made. Pyomo looks for them in `_data`, and fills a copy's in place."""

    _members: dict[Any, Any]

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

    def _make(self) -> dict[Any, Any]:
        """Return every member by its index."""
        raise NotImplementedError
