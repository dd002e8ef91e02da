"""The report on risk: how sure the plan is to pay, what moves it, and what support makes it sure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.csvs import write_csv
from evplan.report import drawing, risk_figures, words
from evplan.report.page import Page, Section, Table, write_html, write_pdf
from evplan.report.sealed import sealed

if TYPE_CHECKING:
    import pandas as pd

WHOLE, OWNERS, COVERAGE = "net present value", "owners' net present value", "least coverage"
BY_SITE = (
    "Each site is taxed and financed by itself here, and the sites are added up; coverage is that of the site covered least. "
    "The investment report's portfolio pools their losses and has one loan, so its figures can be a little better."
)
DRIVER_HEAD = [
    "Driver", "10 % value", "90 % value", "At 10 %", "At 90 %", "Is zero at", "Explains of the variance", "With all it acts with",
]  # fmt: skip
FEW = 0.001  # of the scenarios: no need to speak of them
INDICES = (
    "One driver at a time, the others as planned. Variance is shared out by Sobol indices, for which drivers are taken as independent. "
    "“Never”: nowhere between a tenth of the plan and ten times of it, or beyond the levels at which demand was dispatched."
)
IDLE = " Interest moves the owners' net present value alone, so it explains nothing here."
ANEW = (
    "What differs is what knowing the scenario before building would be worth; nobody knows it. What sites owe (demand.min_served) is "
    "kept by plans made anew, and not asked of the plan that stays."
)


def render_risk(folder: Path, name: str = "html") -> Path:
    """Write report.html, report.pdf or scenarios.csv of a folder that `evplan risk` wrote; return its path.

    Raises: InputError if the folder was changed.
    """
    import pandas as pd

    said, scenarios = sealed(folder, "risk"), pd.read_parquet(folder / "scenarios.parquet")
    if name == "csv":
        write_csv(folder / "scenarios.csv", scenarios)
        return folder / "scenarios.csv"
    if name == "html":
        return write_html(_page(said, scenarios), folder / "report.html")
    with drawing.drawn_paths():
        page = _page(said, scenarios)
    return write_pdf(page, folder / "report.pdf")


def _page(said: dict[str, Any], scenarios: pd.DataFrame) -> Page:
    scenario = f", scenario {said['scenario']}" if said["scenario"] else ""
    moves = [section for of, own in said["exposures"].items() for section in _moves(said, of, own)]
    return Page(
        title=said["title"] or "Plan",
        subtitle=f"How sure it is to pay{scenario}. {said['scenarios']:,} scenarios; the plan's sizes are fixed, its dispatch follows "
        f"demand. Amounts in {said['currency']}.",
        verdict=(verdict(said),),
        pays=said["spreads"][WHOLE]["p90"] >= 0,
        sections=(_likely(said, scenarios), *moves, _grants(said), *_anew(said), _assumptions(said)),
        footer=f"evplan {said['evplan_version']}, {said['instance']}, SHA-256 {said['instance_sha256'][:16]}…",
    )  # fmt: skip


def verdict(said: dict[str, Any]) -> str:
    """Return one sentence on how sure the plan is to pay."""
    whole, currency = said["spreads"][WHOLE], said["currency"]
    chance = 1 - whole["below"]
    sure = "almost surely" if chance > 0.99 else f"with a probability of {words.percent(chance, 0)}"
    return (
        f"The plan has a net present value above zero {sure}. P90 is {words.money(whole['p90'], currency)}; the mean of the worst "
        f"{words.percent(whole['tail'], 0)} is {words.money(whole['cvar'], currency)}."
    )


def _likely(said: dict[str, Any], scenarios: pd.DataFrame) -> Section:
    whole, currency = said["spreads"][WHOLE], said["currency"]
    marks = {name: whole[name.lower()] for name in ("P90", "P50", "P10")}
    figure = risk_figures.probability(scenarios["npv"].to_numpy(), marks, currency)
    head = [
        "",
        "P90",
        "P50",
        "P10",
        "Mean",
        "Standard deviation",
        "Below zero (coverage: below 1)",
        f"Mean of the worst {words.percent(whole['tail'], 0)}",
    ]
    rows = [[name.capitalize(), *spread_cells(name, one, currency)] for name, one in said["spreads"].items()]
    note = f"{said['quantiles']} As planned, the net present value is {words.money(said['npv_as_planned'], currency)}."
    return Section(
        "How likely which value is", (), (figure,), Table(head, rows, 7), (note, *[BY_SITE] * (len(said["sites"]) > 1))
    )


def spread_cells(name: str, one: dict[str, Any], currency: str) -> list[str]:
    """Return the figures of one outcome over all scenarios: quantiles, mean, deviation, chance of a loss, mean of the worst."""
    figures = [one[of] for of in ("p90", "p50", "p10", "mean", "sd")]
    if name == COVERAGE:
        return [*map(words.times, figures), words.percent(one["below"]), words.times(one["cvar"])]
    return [
        *(words.money(x, currency) for x in figures),
        words.percent(one["below"]),
        words.money(one["cvar"], currency),
    ]


def _moves(said: dict[str, Any], of: str, own: dict[str, Any]) -> list[Section]:
    """Return what moves a net present value: a driver at a time, then two."""
    currency, whose = said["currency"], f" the {of}" if len(said["exposures"]) > 1 else " it"
    tornado = risk_figures.tornado(own["tornado"], own["planned"], currency)
    spider = risk_figures.spider(own["spider"], said["spider_changes"], currency)
    table = Table(DRIVER_HEAD, [driver_cells(bar, own, currency) for bar in own["tornado"]], 7)
    idle = of == WHOLE and "interest" in own["spider"]
    found = [Section(f"What moves{whose}", (), (tornado, spider), table, (INDICES + IDLE * idle,))]
    if own["grid"]:
        found.append(Section(f"Two at a time: {of}", (), (risk_figures.grid(own["grid"], currency),)))
    return found


def driver_cells(bar: dict[str, Any], own: dict[str, Any], currency: str) -> list[str]:
    """Return the line of one driver. own : the exposure it belongs to."""
    driver = bar["driver"]
    return [
        driver, value(driver, bar["low"]), value(driver, bar["high"]), words.money(bar["at_low"], currency),
        words.money(bar["at_high"], currency), value(driver, own["break_even"][driver]),
        words.percent(own["sobol_first"][driver], 0), words.percent(own["sobol_total"][driver], 0),
    ]  # fmt: skip


def _grants(said: dict[str, Any]) -> Section:
    curve = said["support_curve"]
    return Section(
        "How sure a grant makes it",
        (),
        (risk_figures.support(curve["grant_share"], curve["probability"], said["target_irr"]),),
    )


def _anew(said: dict[str, Any]) -> list[Section]:
    if not said["resolved"]:
        return []
    currency = said["currency"]
    head = [
        "Scenario",
        "NPV as interpolated",
        "NPV with the plan's sizes",
        "NPV planned anew",
        "Construction",
        "What would be built",
    ]

    def sums(by_site: dict[str, float] | None) -> str:
        return words.money(sum(by_site.values()), currency) if by_site else "–"

    rows = [
        [str(one["number"] + 1), sums(one["drawn"]), sums(one["stays"]), sums(one["anew"]), words.money(one["capex"], currency),
         one["built"] or one["message"]]
        for one in said["resolved"]
    ]  # fmt: skip
    return [Section("Planned anew in some scenarios", table=Table(head, rows, 7), notes=(ANEW,))]


def _assumptions(said: dict[str, Any]) -> Section:
    risk = said["risk"]
    rows = [[name, driver_words(own)] for name, own in risk["drivers"].items()]
    rows += [[" and ".join(pair["between"]), f"correlation {pair['correlation']:g}"] for pair in risk["together"]]
    part = words.percent(said["beyond_levels"])
    beyond = f"; {part} of the scenarios lie beyond and get what the ends get" if said["beyond_levels"] > FEW else ""
    notes = (
        f"Demand is dispatched anew at {', '.join(f'{level:g}' for level in risk['levels'])} times what is planned and interpolated "
        f"between{beyond}. The loan is agreed for the plan and does not follow the scenario. Seed {risk['seed']}.",
        f"Instance SHA-256 {said['instance_sha256']}; gap {words.percent(said['gap'], 3)}; worst residual {said['worst_residual']:.1e}.",
    )
    head = ["Driver", "Distribution (factor on what is planned; interest in points)"]
    return Section("Assumptions", table=Table(head, rows, text=True), notes=notes)


def value(driver: str, amount: float | None) -> str:
    """Return a driver's value in words: a factor on what is planned, or points of interest."""
    if amount is None:
        return "never"
    return words.number(100 * amount, "points", 2) if driver == "interest" else words.times(amount)


def driver_words(own: dict[str, Any]) -> str:
    """Return a distribution in words."""
    parts = [f"{name} {own[name]:g}" for name in ("mean", "sd", "low", "mode", "high") if own[name] is not None]
    return f"{own['shape']}, {', '.join(parts)}"
