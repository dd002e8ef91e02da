"""The audit: every claim of a plan recomputed from its written tables and the data they stand on, with no code of the model.

data.py        areas, weights, what is wanted, sites, their zones and areas: as the study's files have them
stations.py    ports follow from the phase before, works are called by their names, new stations keep their distance, areas are not crowded
coverage.py    who is in reach, and what that comes to by phase and group
energy.py      who charges where, and what that comes to
grid.py        what zones carry
money.py       what works cost, what phases spend
goals.py       what the goals come to

It knows the siting file, its data, and the tables that a reader has.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evplan.siting.audit import coverage, data, energy, goals, grid, money, stations
from evplan.siting.audit.check import Check
from evplan.siting.audit.written import Written, read_written
from evplan.siting.study import SitingStudy

UNFIT = (
    KeyError,
    IndexError,
    ValueError,
    TypeError,
)  # of pandas and numpy, where a name or a number is not where it should be
CLAIMS: tuple[Callable[[SitingStudy, Written], Check], ...] = (
    data.areas_hold, data.sites_hold, stations.ports_follow, stations.works_are_named, stations.far_enough, stations.not_crowded,
    coverage.in_range, coverage.of_phases, coverage.of_groups, energy.where_it_goes, energy.sums, grid.zones_carry, money.works_cost,
    money.within_budgets, goals.come_to,
)  # fmt: skip


def audit(study: SitingStudy, folder: Path, data: Path) -> list[Check]:
    """Return every claim of the tables in a folder, checked. data : the folder of the siting file."""
    try:
        written = read_written(study, folder, data)
        return [claim(study, written) for claim in CLAIMS]
    except UNFIT as error:
        return [
            Check(
                "tables belong together: every name in one is known to the others",
                1,
                f"{type(error).__name__}: {error}",
            )
        ]
