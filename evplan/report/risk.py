"""The page on risk: how sure the plan is to pay, what moves it, and what support makes it sure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from evplan.paths import replacing
from evplan.report import risk_figures, words

WHOLE = "net present value"


def render_risk(said: dict[str, Any], npv: np.ndarray, folder: Path) -> Path:
    """Write report.html of a risk run; return its path. said : its summary. npv : of all sites, shape (scenarios,)."""
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    page = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    page.globals |= {"money": words.money, "number": words.number, "percent": words.percent, "times": words.times}
    whole, currency = said["spreads"][WHOLE], said["currency"]
    text = page.get_template("risk.html.j2").render(
        **said | {"said": said},
        whole=whole,
        verdict=verdict(said),
        probability_figure=risk_figures.probability(
            npv, {name: whole[name.lower()] for name in ("P90", "P50", "P10")}, currency
        ),
        tornado_figure=risk_figures.tornado(said["tornado"], said["npv_as_planned"], currency),
        spider_figure=risk_figures.spider(said["spider"], said["spider_changes"], currency),
        support_figure=risk_figures.support(
            said["support_curve"]["grant_share"], said["support_curve"]["probability"], said["target_irr"]
        ),
        grid_figure=risk_figures.grid(said["grid"], currency) if said["grid"] else "",
        value=value,
        driver_words=driver_words,
    )
    with replacing(folder / "report.html") as path:
        path.write_text(text, encoding="utf-8")
    return folder / "report.html"


def verdict(said: dict[str, Any]) -> str:
    """Return one sentence on how sure the plan is to pay."""
    whole, currency = said["spreads"][WHOLE], said["currency"]
    chance = 1 - whole["below_zero"]
    sure = "almost surely" if chance > 0.99 else f"with a probability of {words.percent(chance, 0)}"
    return (
        f"The plan has a net present value above zero {sure}. P90 is {words.money(whole['p90'], currency)}; the mean of the worst "
        f"{words.percent(whole['tail'], 0)} is {words.money(whole['cvar'], currency)}."
    )


def value(driver: str, amount: float | None) -> str:
    """Return a driver's value in words: a factor on what is planned, or points of interest."""
    if amount is None:
        return "never"
    return words.number(100 * amount, "points", 2) if driver == "interest" else words.times(amount)


def driver_words(own: dict[str, Any]) -> str:
    """Return a distribution in words."""
    parts = [f"{name} {own[name]:g}" for name in ("mean", "sd", "low", "mode", "high") if own[name] is not None]
    return f"{own['shape']}, {', '.join(parts)}"
