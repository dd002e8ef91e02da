"""A plan as a page shows it: its summary, its cash flows by year, and the dispatch of a site."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from evplan.web.desk import Desk

LINES = ("energy", "demand", "capacity", "fixed", "minimum")  # of the bill


@dataclass(frozen=True)
class Plan:
    """A plan that is done. said : its summary.  folder : of its report."""

    id: str
    said: dict[str, Any]
    folder: Path

    @property
    def currency(self) -> str:
        """Return the currency of every amount."""
        return self.said["currency"]

    @property
    def sites(self) -> list[dict[str, Any]]:
        """Return the sites of the summary."""
        return self.said["sites"]

    @property
    def years(self) -> list[int]:
        """Return the years that are modelled step by step."""
        return self.said["horizon"]["operating_years"]

    @cached_property
    def flows(self) -> dict[str, list[dict[str, float]]]:
        """Return every cash flow by whose it is, a row for each year; year 0 is construction."""
        found: dict[str, list[dict[str, float]]] = {}
        with (self.folder / "cashflow.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["level"] != "host":
                    name = "all sites" if row["level"] == "portfolio" else f"{row['level']} {row['name']}"
                    numbers = {key: float(cell or "nan") for key, cell in row.items() if key not in ("level", "name")}
                    found.setdefault(name, []).append(numbers)
        return dict(sorted(found.items(), key=lambda item: item[0] != "all sites"))


def read_plan(desk: Desk, id: str) -> Plan:
    """Return a plan that is done. Raises: ProblemError where there is none, or its report is gone."""
    answer = desk.done(id, "plan", whole=True).answer
    assert answer is not None
    return Plan(id, orjson.loads(answer), desk.folder(id))


def bill(year: dict[str, float]) -> float:
    """Return what a year's electricity costs, less what export earns."""
    return sum(year[line] for line in LINES) - year["export_credit"]
