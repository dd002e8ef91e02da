"""A region's claims, recomputed from what its steps have written: nothing of what made them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.csvs import read_csv
from evplan.instance.read import read
from evplan.region.handed import as_built, as_drawn, as_handed, over_shared
from evplan.region.limits import carries
from evplan.region.priced import as_priced
from evplan.region.read import ReadRegion
from evplan.region.restated import FIGURES, as_planned
from evplan.region.summed import missing, pots, same, sums, support
from evplan.region.tables import REFUSED
from evplan.report.sealed import sealed

if TYPE_CHECKING:
    import pandas as pd

KW = 1e-6


@dataclass(frozen=True)
class Check:
    """A claim, whether it holds, and where it does not."""

    claim: str
    wrong: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Return whether the claim is true."""
        return not self.wrong


def audit(region: ReadRegion, folder: Path) -> list[Check]:
    """Return the claims of a region's folder, checked one by one. Raises: InputError for a run in it that was changed."""
    texts = {"phase": str, "station": str, "site": str}

    def table(name: str) -> pd.DataFrame:
        numbers = {column: [""] for column in (*FIGURES, "adds_kwh", "lcoc_per_kwh", "levelised_kwh")}
        return read_csv(folder / f"{name}.csv", dtype=texts, keep_default_na=False, na_values=numbers)

    stations, phases, settings, flows, areas, built = (
        table(name) for name in ("stations", "phases", "settings", "siting/flows", "siting/areas", "siting/stations")
    )
    rows, names = stations.to_dict("records"), [phase.name for phase in region.siting.study.phases]
    made = [row for row in rows if row["state"] != REFUSED]
    plans = {row["station"]: sealed(folder / row["run"], "plan") for row in made}

    def wrong(several: list[dict[str, Any]], holds: Callable[[dict[str, Any]], bool]) -> tuple[str, ...]:
        return tuple(str(row["station"]) for row in several if not holds(row))

    return [
        Check("every site that siting builds and that gives energy is a station",
              tuple(as_built([str(row["station"]) for row in rows], built, flows, names))),
        Check("prices in plans are those of the base, in money of the first year",
              wrong(made, lambda row: as_priced(region, row, folder))),
        Check("every figure of a station is that of its own plan",
              wrong(made, lambda row: as_planned(region, row, plans[row["station"]], folder))),
        Check("the energy of a station is what charges there in the siting plan", wrong(rows, lambda row: _as_sited(row, flows, names))),
        Check("who comes to a plan is, year by year, who comes there by siting, or its share of the city's",
              wrong(rows, lambda row: as_handed(region, row, folder, flows, areas))),
        Check("stations together give no more than the city wants", tuple(over_shared(region, made, folder))),
        Check("what is wanted of a plan in its first year is that energy",
              wrong(made, lambda row: as_drawn(row, plans[row["station"]], folder))),
        Check("networks carry all their stations at full power, and no plan has more than that", tuple(_networks(region, rows, folder))),
        Check("every plan was checked", wrong(made, lambda row: bool(plans[row["station"]]["checker"]["passed"]))),
        Check("every station opens with its phase, and worth in the first year is worth then, at the real rate",
              wrong(made, lambda row: _discounted(row, region))),
        Check("support is what stations lack, goes where it may, and each phase has it", tuple(support(region, stations))),
        Check("sums by phase are those of the stations", (*sums(stations, phases, "phase"), *pots(region, phases))),
        Check("sums by setting are those of the stations", tuple(sums(stations, settings, "setting"))),
    ]  # fmt: skip


def _as_sited(row: dict[str, Any], flows: pd.DataFrame, phases: list[str]) -> bool:
    here = flows[flows["site"] == row["station"]]
    first, last = (float(here.loc[here["phase"] == phase, "kwh_day"].sum()) for phase in (row["phase"], phases[-1]))
    return same(row["siting_kwh_day"], first) and same(row["siting_last_kwh_day"], last)


def _networks(region: ReadRegion, rows: list[dict[str, Any]], folder: Path) -> list[str]:
    """Return the networks that do not carry their stations at full power, and stations that hang on another or have more than is said."""
    wrong, study = list[str](), region.study
    placed = {name: (one.file, bus) for one in study.feeders for name, bus in one.stations.items()}
    for row in rows:
        if (row["feeder"], row["bus"]) != placed.get(row["station"], ("", "")):
            wrong.append(f"{row['station']}: on another network")
        elif row["feeder"] and row["state"] != REFUSED:
            said = read(folder / row["run"] / "plan.yaml").instance.sites[0].connection
            offered = [said.existing_kw, *(step.power_kw for step in said.steps)]
            carried = [float(row[name]) for name in ("limit_kw", "upgraded_kw") if not missing(row[name])]
            if max(offered) > max(carried) + KW or float(row["connection_kw"]) > max(offered) + KW:
                wrong.append(f"{row['station']}: more than its network carries")
    for one, feeder in zip(study.feeders, region.feeders, strict=True):
        here = [row for row in rows if row["feeder"] == one.file and row["state"] != REFUSED]
        powers = {row["station"]: (row["bus"], float(row["connection_kw"])) for row in here}
        bigger = any(float(row["connection_kw"]) > float(row["limit_kw"]) + KW for row in here)
        if sum(kw for _, kw in powers.values()) > KW and not carries(feeder, powers, bigger):
            wrong.append(one.file)
    return wrong


def _discounted(row: dict[str, Any], region: ReadRegion) -> bool:
    """Return whether a station opens with its phase, and what it is worth and gives is carried back to the first year."""
    own, phases = region.base.instance, region.siting.study.phases
    rate, rise, start = own.finance.discount_rate, own.finance.inflation, own.horizon.start.year
    before = phases[: [phase.name for phase in phases].index(row["phase"])]
    back = ((1 + rise) / (1 + rate)) ** (int(row["opens"]) - start)
    opens = int(row["opens"]) == start + round(sum(phase.years for phase in before))
    return opens and same(row["npv_first_year"], float(row["npv"]) * back)
