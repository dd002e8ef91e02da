"""The report of a study: every city in one table and one page, two of them over each other, with figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.city import figures
from evplan.city.inputs import inputs
from evplan.city.read import ReadStudy
from evplan.csvs import read_csv, write_csv
from evplan.report import words
from evplan.report.drawing import drawn_paths
from evplan.report.page import Page, Section, Table, write_html, write_pdf
from evplan.report.register import numbered, register_section

if TYPE_CHECKING:
    import pandas as pd

DEFINITIONS = (
    "Battery health: mean of all vehicles in the last year, by capacity. Charging: of all years.",
    "From renewables: what was not drawn from the grid, of what was served; losses of storage are borne by what fills it.",
    "Levelised cost of energy: capital, upkeep and energy less residual value in present value, over energy served in present value.",
    "Saved: present value of the grid alone (its energy, its highest import, charge points, charging that never comes) less that of "
    "the plan, at equal demand; in the last year what is left of lives counts.",
    "Every hour was checked: what comes goes, to a thousand-millionth of the hour's energy; the largest error is named below.",
)
SOURCED = {
    "temperature_c": "Climate", "population": "Inhabitants", "vehicles_per_1000": "Vehicles", "electric_share": "Electric share",
    "price_per_kwh": "Price", "grid_kg_per_kwh": "Carbon",
}  # fmt: skip
HIDDEN = ("files", "summary_sha256", "kind", "key")


def write_report(
    found: ReadStudy, folder: Path, summaries: Sequence[dict[str, Any]], formats: Sequence[str] = ("html",)
) -> list[Path]:
    """Write summary.csv (a row for each city), inputs.csv, and report.html or report.pdf; return the reports."""
    import pandas as pd

    rows = [{name: value for name, value in said.items() if name not in HIDDEN} for said in summaries]
    write_csv(folder / "summary.csv", pd.DataFrame(rows))
    said = pd.DataFrame([asdict(one) for one in inputs(found)]).rename(columns={"path": "input"})
    write_csv(folder / "inputs.csv", said)
    tables = {str(said["city"]): read_csv(folder / str(said["city"]) / "yearly.csv") for said in summaries}
    register = register_section(numbered(said))
    written = []
    if "html" in formats:
        each = [_city(found, name, (folder / name / "figures.svg").read_text(encoding="utf-8")) for name in tables]
        page = _page(found, summaries, (*_pair(found, tables), *each, register))
        written.append(write_html(page, folder / "report.html"))
    if "pdf" in formats:
        with drawn_paths():
            each = [_city(found, name, _drawn(found, folder, name, yearly)) for name, yearly in tables.items()]
            page = _page(found, summaries, (*_pair(found, tables), *each, register))
        written.append(write_pdf(page, folder / "report.pdf"))
    return written


def called(name: str) -> str:
    """Return a city's name as people write it: names in files are often in small letters."""
    return name.capitalize() if name.islower() else name


def _page(found: ReadStudy, summaries: Sequence[dict[str, Any]], sections: Sequence[Section]) -> Page:
    study, currency = found.study, found.study.costs.currency
    many, first = len(summaries), study.start_year
    cities = "One city" if many == 1 else f"{many} cities"
    title = " and ".join(map(called, study.title.split(" and "))) if many == 2 else called(study.title)
    return Page(
        title=title or "Cities",
        subtitle=f"{cities}, {study.years} years from {first}, every hour. Amounts in {currency} of {first}, present value.",
        verdict=(_verdict(summaries, currency),),
        pays=2 * sum(said["savings"] > 0 for said in summaries) >= many,
        sections=(_overview(summaries, currency), *sections),
        footer=f"evplan, {found.path.name}, SHA-256 {found.hash[:16]}…, seed {study.seed}.",
    )


def _verdict(summaries: Sequence[dict[str, Any]], currency: str) -> str:
    """Return in a sentence where renewables and storage pay, and how much for each vehicle of the last year."""
    each = {called(said["city"]): said["savings"] / max(said["vehicles_last"], 1.0) for said in summaries}
    best, worst = max(each, key=lambda name: each[name]), min(each, key=lambda name: each[name])
    saving = sum(worth > 0 for worth in each.values())
    if not saving:
        least = words.money(-each[best], currency)
        return f"Renewables and storage cost more than the grid alone in every city: least in {best}, {least} for each vehicle."
    told = (
        f"Renewables and storage save money against the grid alone in {saving} of {len(each)} cities: most in {best}, "
    )
    told += f"{words.money(each[best], currency)} for each vehicle"
    return told + (f"; in {worst} they cost {words.money(-each[worst], currency)} more." if each[worst] < 0 else ".")


def _overview(summaries: Sequence[dict[str, Any]], currency: str) -> Section:
    head = [
        "City", "Vehicles, last year", "Battery health", "Charging, GWh", "Served", "From renewables", "Curtailed", "Peak import, MW",
        f"LCOE, {currency}/kWh", "of the grid alone", f"Saved, million {currency}",
    ]  # fmt: skip
    rows = [
        [
            called(said["city"]), words.number(said["vehicles_last"], ""), words.percent(said["health_last"], 0),
            words.number(said["demand_kwh"] / 1e6, "", 0), words.percent(said["served_share"], 2),
            words.percent(said["renewable_share"], 0), words.percent(said["curtailed_share"], 0),
            words.number(said["peak_import_kw"] / 1000, "", 0), words.number(said["lcoe_per_kwh"], "", 3),
            words.number(said["grid_alone_lcoe_per_kwh"], "", 3), words.number(said["savings"] / 1e6, "", 1),
        ]
        for said in summaries
    ]  # fmt: skip
    worst = max(said["conservation_error"] for said in summaries)
    least = [
        f"{called(said['city'])}: {least_cost_words(said, currency)}."
        for said in summaries
        if said["least_cost_saves"] is not None
    ]
    return Section(
        "The cities", table=Table(head, rows, 7), notes=(*least, *DEFINITIONS, f"Largest error: {worst:.0e}.")
    )


def least_cost_words(said: dict[str, Any], currency: str) -> str:
    """Return what least-cost dispatch saves on rules, in words."""
    if said["least_cost_saves"] <= 0:
        return "no dispatch was cheaper than the rules"
    return f"dispatch at least cost pays {words.money(said['least_cost_saves'], currency)} less than rules for energy, its peak and wear"


def _pair(found: ReadStudy, tables: dict[str, pd.DataFrame]) -> list[Section]:
    """Return two cities over each other; nothing for one city, or for more."""
    if len(tables) != 2:
        return []
    (first, one), (second, other) = tables.items()
    figure = figures.pair((first, second), (one, other), found.study.costs.currency)
    return [Section(f"{called(first)} and {called(second)}", figures=(figure,))]


def _drawn(found: ReadStudy, folder: Path, name: str, yearly: pd.DataFrame) -> str:
    """Return a city's figures, drawn anew as print wants them."""
    import pandas as pd

    hourly = pd.read_parquet(folder / name / "hourly.parquet", filters=[("year", "=", int(yearly["year"].iloc[-1]))])
    return figures.city(name, yearly, hourly, found.study.costs.currency)


def _city(found: ReadStudy, name: str, figure: str) -> Section:
    place = next(city for city in found.study.cities if city.name == name)
    sources = {one.path: one.source for one in inputs(found)}
    told = {label: sources.get(f"cities[{place.name}].{field}", "") for field, label in SOURCED.items()}
    notes = [f"{label}: {text.removeprefix(f'{label}: ')}." for label, text in told.items() if text]
    return Section(called(name), figures=(figure,), notes=tuple(notes))
