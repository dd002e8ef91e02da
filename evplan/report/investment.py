"""The investment page: one self-contained HTML file made from the files of a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.csvs import read_csv
from evplan.paths import replacing
from evplan.report import battery_figures, debt, figures, host, support, words
from evplan.report.page import environment
from evplan.report.register import numbered
from evplan.report.vehicles import told

if TYPE_CHECKING:
    import pandas as pd


def render(folder: Path) -> Path:
    """Write report.html from a run folder and return its path; raise `InputError` if the folder was changed."""
    import pandas as pd

    from evplan.report.write import read_run

    said = read_run(folder)
    flows = read_csv(folder / "cashflow.csv")
    dispatch = pd.read_parquet(folder / "dispatch.parquet")
    text = (
        environment()
        .get_template("investment.html.j2")
        .render(
            **said | {"run": said} | _said_in_words(said),
            terms=words.TERMS,
            battery_terms=words.BATTERY_TERMS,
            site_gaps=words.total([s["viability_gap"]["grant"] for s in said["sites"]]),
            cashflow_figure=figures.cashflow(flows[flows["level"] == "portfolio"], said["currency"]),
            settings_figure=figures.settings(said["settings"], said["currency"]),
            week_figures=[figure for site in said["sites"] for figure in _weeks(dispatch, site)],
            life_words={s["name"]: life_words(s["battery_life"]) for s in said["sites"] if s["battery_life"]},
            life_figures=[_life(site) for site in said["sites"] if site["battery_life"]],
            survival_figure=_survival(said),
            vehicle_words={s["name"]: told(s, said["currency"]) for s in said["sites"] if s["managed"]},
            flow_rows=flows[flows["level"] == "portfolio"].to_dict("records"),
            debt_head=debt.HEAD,
            debt_rows=debt.rows(flows[flows["level"] == "portfolio"]),
            assumptions=read_csv(folder / "assumptions.csv").fillna("").to_dict("records"),
            register=numbered(read_csv(folder / "inputs.csv", dtype=str, keep_default_na=False)),
        )
    )
    with replacing(folder / "report.html") as path:
        path.write_text(text, encoding="utf-8")
    return folder / "report.html"


def _said_in_words(said: dict[str, Any]) -> dict[str, Any]:
    """Return the sentences of the page: verdicts, what was picked, support, proof."""
    sites, currency, target = said["sites"], said["currency"], said["finance"]["target_irr"]
    asked = support.criteria(said)
    offers = (words.offers(s["name"], s.get("offers", []), currency, said["asked_gap"]) for s in sites)
    return {
        "verdict": words.verdict(said["portfolio"], target, currency),
        "site_verdicts": {s["name"]: words.verdict(s, target, currency) for s in sites},
        "offer_words": [text for text in offers if text],
        "funding_words": words.funding(said["funding"], currency),
        "loss_words": words.tax(said["finance"]),
        "proof": words.STATUS[said["status"]],
        "reproducible": words.reproducible(said),
        "built_interest": words.built_interest(said["finance"]),
        "programme_rules": list(dict.fromkeys(rule for s in sites for rule in support.rules(s))),
        "host_rows": host.rows(said),
        "host_note": host.NOTE,
        "support_rows": support.rows(said),
        "recommendations": [support.recommendation(s, asked, currency) for s in sites],
        "programmes": [
            (s["name"], one, support.given(one, currency), support.outcome(one, currency))
            for s in sites
            for one in s["programmes"]
        ],
        "asked_words": asked,
    }


def _survival(said: dict[str, Any]) -> str:
    """Return the chance to come through outages in the last modelled year; nothing where no site has any."""
    last = str(said["horizon"]["operating_years"][-1])
    chances = {s["name"]: s["outages"]["by_year"][last]["survival"] for s in said["sites"] if s["outages"]}
    return figures.survival(chances) if chances else ""


def _weeks(dispatch: pd.DataFrame, site: dict[str, Any]) -> list[str]:
    """Return a winter and a summer week of the last modelled year; one week if the clock has no more."""
    own = dispatch[dispatch["site"] == site["name"]]
    last = own[own["operating_year"] == own["operating_year"].max()].reset_index(drop=True)
    per_week = round(7 * 24 / last["step_h"].iloc[0])
    drawn = []
    for season, month in (("winter", 1), ("summer", 7)):
        first = _first_monday(last, month)
        if first is not None and first + per_week <= len(last):
            part = last.iloc[first : first + per_week]
            drawn.append(figures.week(part, f"{site['name']}, a {season} week, year {part['operating_year'].iloc[0]}"))
    return drawn or [figures.week(last.iloc[:per_week], f"{site['name']}, year {last['operating_year'].iloc[0]}")]


def _first_monday(dispatch: pd.DataFrame, month: int) -> int | None:
    """Return the row of the first Monday midnight at or after the eighth of a month, or None."""
    start = dispatch["start"].dt
    found = dispatch.index[
        (start.month == month) & (start.day_of_week == 0) & (start.hour == 0) & (start.minute == 0) & (start.day >= 8)
    ]
    return int(found[0]) if len(found) else None


def life_words(life: dict[str, Any]) -> dict[str, str]:
    """Return what the report says of a battery's heat, and of other cells."""
    shift = "longer" if life["cooler_years"] >= 0 else "shorter"
    cells = [f"{name} {words.percent(soh, 0)}" for name, soh in life["published_soh"].items()]
    return {
        "heat": f"At the temperature of its cells this battery fades {life['time_factor']:.2f} times as fast with time as "
        f"one held at 25 °C; cells 5 K cooler would last {abs(life['cooler_years']):.1f} years {shift}.",
        "cells": ", ".join(cells),
    }


def _life(site: dict[str, Any]) -> str:
    life = site["battery_life"]
    return battery_figures.battery_life(life, f"{site['name']}: state of health of the battery's cells")
