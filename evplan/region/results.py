"""Plan a region and write everything: a folder for each step, tables, the audit, the report, and a sealed summary."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evplan.csvs import write_csv
from evplan.errors import CheckError
from evplan.instance.document import require_elsewhere
from evplan.region import tables
from evplan.region.audit import audit
from evplan.region.pot import Candidate, allocate, may_have, more_for_all
from evplan.region.read import ReadRegion, named_files
from evplan.region.run import planned
from evplan.region.stationed import Stationed
from evplan.region.study import Pot
from evplan.report import words
from evplan.report.sealed import clean, seal, sealed
from evplan.worker import Tell
from evplan.workers import Workers

KW = 1e-6


def plan_and_write(
    region: ReadRegion, folder: Path, workers: Workers, formats: Sequence[str], tell: Tell, stop: threading.Event
) -> dict[str, Any]:  # fmt: skip
    """Plan a region, audit and write it; return its summary. Raises: CheckError where a claim does not hold, StoppedError."""
    require_elsewhere(folder, region.path, named_files(region.study))
    stations = planned(region, folder, workers, tell, stop)
    tell("region", "support, audit, report")
    pot, lack = region.study.pot, _candidates(stations)
    granted = allocate(pot, lack) if pot is not None else set[str]()
    own = tables.stations_table(region, stations, granted)
    made = {"stations": own, "phases": tables.phases_table(region, own), "settings": tables.settings_table(own)}
    for name, table in made.items():
        write_csv(folder / f"{name}.csv", table)
    checks = audit(region, folder)
    wrong = [one for one in checks if not one.holds]
    if wrong:
        lines = "\n".join(f"{one.claim}: {', '.join(one.wrong[:5])}" for one in wrong)
        raise CheckError(
            f"the region does not add up and is refused:\n{lines}", {one.claim: float(len(one.wrong)) for one in wrong}
        )
    said = clean(
        summary(region, stations, made, folder)
        | _lacking(pot, [one for one in lack if one.name not in granted], more_for_all(pot, lack))
        | {"audit": [{"claim": one.claim, "holds": one.holds} for one in checks]}
    )
    from evplan.region.report import write_report

    write_report(said, region, made, folder, formats)
    seal(folder, said, [f"{name}.csv" for name in made])
    return sealed(folder, "region")


def _candidates(stations: list[Stationed]) -> list[Candidate]:
    """Return the stations that lack money."""
    found = []
    for one in stations:
        site = one.site
        if site is not None and site["viability_gap"]["grant"] > 0:
            grant, adds = site["viability_gap"]["grant"], one.adds_kwh or 0.0
            found.append(Candidate(one.name, one.station.setting, one.station.phase, grant, site["capex"], adds))
    return found


def summary(region: ReadRegion, stations: list[Stationed], made: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return what a region comes to, and every run that it is made of with the digest of its summary."""
    siting = sealed(folder / "siting", "siting")
    runs = [{"kind": "siting", "folder": "siting", "summary_sha256": siting["summary_sha256"]}]
    if (city := region.city_folder(folder)) is not None:
        digest = sealed(city, "city")["summary_sha256"]
        runs.append({"kind": "city", "folder": f"city/{city.name}", "summary_sha256": digest})
    runs += [
        {"kind": "plan", "folder": f"stations/{one.name}", "summary_sha256": one.said["summary_sha256"]}
        for one in stations if one.said is not None and one.site is not None
    ]  # fmt: skip
    own, finance = made["stations"], region.base.instance.finance
    return {
        "kind": "region", "title": region.study.title or region.path.stem, "file": str(region.path), "currency": region.currency,
        "discount_rate": finance.discount_rate, "target_irr": finance.target_irr, "first_year": region.base.instance.horizon.start.year,
        "areas": siting["areas"], "sites": siting["sites"], "stations": len(own), "min_served": region.study.min_served,
        "states": {state: int((own["state"] == state).sum()) for state in (tables.READY, tables.SUPPORTED, tables.WAITS, tables.REFUSED)},
        "siting": {name: siting[name] for name in ("gap", "status", "goals", "before", "groups", "served_share", "last_coverage")},
        "phases": made["phases"].to_dict("records"), "settings": made["settings"].to_dict("records"),
        "pot": region.study.pot.model_dump() if region.study.pot is not None else None,
        "runs": runs, "notes": _notes(stations, region.currency),
    }  # fmt: skip


def _lacking(pot: Pot | None, waits: list[Candidate], more: float) -> dict[str, Any]:
    """Return which stations that wait may have none of the pot by its rules, and what would do for the others. more : money."""
    barred = [one for one in waits if pot is not None and not may_have(pot, one)]
    return {"barred": {"stations": len(barred), "grants": sum(one.grant for one in barred)}, "more_for_all": more}


def shared_upgrades(stations: Sequence[Stationed], money: str) -> Iterator[str]:
    """Yield networks whose larger transformer several stations pay for, and by how much that is too dear. money : currency."""
    bought = [
        one.limit for one in stations
        if one.limit is not None and one.site is not None and one.site["connection_kw"] > one.limit.now_kw + KW
    ]  # fmt: skip
    for feeder, count in Counter(limit.feeder for limit in bought).items():
        if count > 1:
            cost = next(limit.upgrade_cost or 0.0 for limit in bought if limit.feeder == feeder)
            yield (
                f"{count} stations each pay for the larger transformer of {feeder}, which is needed once: those that are built cost "
                f"up to {words.number((count - 1) * cost, money)} less together"
            )


def _notes(stations: list[Stationed], money: str) -> list[str]:
    """Return what a reader should know of plans, each once, with how many stations it is about."""
    told = Counter(
        text.removeprefix(f"site {one.name}: ") for one in stations if one.site is not None for text in (one.said or {})["warnings"]
    )  # fmt: skip
    return [
        *shared_upgrades(stations, money),
        *(f"{count} stations: {text}" if count > 1 else text for text, count in told.most_common()),
    ]
