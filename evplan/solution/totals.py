"""What several sites' answers are together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from evplan.solution.tables import relative_gap


class Answer(Protocol):
    """One site's answer, to a maximisation."""

    @property
    def objective(self) -> float:
        """Return what the answer is worth."""

    @property
    def bound(self) -> float:
        """Return what no answer can exceed."""

    @property
    def status(self) -> str:
        """Return 'optimal' if it is proved."""


class OverSites:
    """A run over sites that are answered one by one."""

    if TYPE_CHECKING:  # a field of the run; at run time it must not be seen as one with a default

        @property
        def sites(self) -> Sequence[Answer]:
            """Return each site's answer."""

    @property
    def objective(self) -> float:
        """Return the sum of the sites' objectives."""
        return sum(site.objective for site in self.sites)

    @property
    def bound(self) -> float:
        """Return what no plan can exceed."""
        return sum(site.bound for site in self.sites)

    @property
    def gap(self) -> float:
        """Return (bound - objective) / |objective|."""
        return relative_gap(self.objective, self.bound)

    @property
    def status(self) -> str:
        """Return 'optimal' if every site's answer is proved within the gap asked for."""
        return next((site.status for site in self.sites if site.status != "optimal"), "optimal")
