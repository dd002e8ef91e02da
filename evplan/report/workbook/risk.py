"""The workbook of a risk run: every scenario, its statistics as live formulas over them, and what moves the outcome."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.report.risk import COVERAGE, DRIVER_HEAD, OWNERS, WHOLE
from evplan.report.sealed import sealed
from evplan.report.workbook.book import opened

if TYPE_CHECKING:
    import pandas as pd

MOST = 32_768  # scenarios that the workbook holds; all of them are in scenarios.parquet
COLUMNS = {WHOLE: "npv", OWNERS: "equity_npv", COVERAGE: "min_dscr"}
HEADS = ("P90", "P50", "P10", "Mean", "Standard deviation", "Below 0 (coverage: below 1)")


def render_risk_workbook(folder: Path) -> Path:
    """Write report.xlsx of a folder that `evplan risk` wrote; return its path. Raises: InputError if it was changed."""
    import pandas as pd

    said, scenarios = sealed(folder, "risk"), pd.read_parquet(folder / "scenarios.parquet")
    own = scenarios.dropna(axis=1, how="all")
    with opened(folder / "report.xlsx", said["title"] or "evplan risk", said["begins"]) as (book, formats):
        _statistics(book.add_worksheet("Statistics"), said, own, formats)
        for of, exposure in said["exposures"].items():
            page = book.add_worksheet("Drivers" if of == WHOLE else "Drivers, owners")
            _drivers(page, exposure, formats)
        if len(own) <= MOST:
            _scenarios(book.add_worksheet("Scenarios"), own, formats)
    return folder / "report.xlsx"


def _drivers(page: Any, exposure: dict[str, Any], formats: dict[str, Any]) -> None:
    """Write a line for each driver; interest is in points, added to the loan's rate as a fraction, other drivers are factors."""
    page.freeze_panes(1, 1)
    page.set_column(0, len(DRIVER_HEAD) - 1, 18)
    for column, head in enumerate(DRIVER_HEAD):
        page.write_string(0, column, head, formats["bold"])
    for row, bar in enumerate(exposure["tornado"], start=1):
        name = bar["driver"]
        page.write_string(row, 0, name, formats["text"])
        values = (
            (bar["low"], "plain"), (bar["high"], "plain"), (bar["at_low"], "money"), (bar["at_high"], "money"),
            (exposure["break_even"][name], "plain"), (exposure["sobol_first"][name], "share"), (exposure["sobol_total"][name], "share"),
        )  # fmt: skip
        for column, (value, look) in enumerate(values, start=1):
            if value is None:
                page.write_string(row, column, "never", formats["text"])
            else:
                page.write_number(row, column, value, formats[look])


def _statistics(page: Any, said: dict[str, Any], scenarios: pd.DataFrame, formats: dict[str, Any]) -> None:
    """Write a line for each outcome; formulas where the workbook holds the scenarios."""
    from xlsxwriter.utility import xl_col_to_name

    page.set_column(0, 0, 44)
    page.set_column(1, len(HEADS), 16)
    page.write_string(
        0, 0, f"{said['title'] or 'Plan'}: amounts in {said['currency']}. {said['quantiles']}", formats["bold"]
    )
    for column, head in enumerate(HEADS, start=1):
        page.write_string(1, column, head, formats["bold"])
    for row, (name, one) in enumerate(said["spreads"].items(), start=2):
        line = COLUMNS.get(name) or f"npv_{name.removeprefix(f'{WHOLE}, ')}"
        letter = xl_col_to_name(scenarios.columns.get_loc(line))
        cells = f"Scenarios!${letter}$2:${letter}${len(scenarios) + 1}"
        formulas = {
            "p90": f"PERCENTILE({cells},0.1)", "p50": f"PERCENTILE({cells},0.5)", "p10": f"PERCENTILE({cells},0.9)",
            "mean": f"AVERAGE({cells})", "sd": f"STDEV({cells})", "below": f'COUNTIF({cells},"<{one["floor"]:g}")/COUNT({cells})',
        }  # fmt: skip
        page.write_string(row, 0, name.capitalize(), formats["text"])
        for column, (of, formula) in enumerate(formulas.items(), start=1):
            look = formats["share" if of == "below" else "plain" if name == COVERAGE else "money"]
            if len(scenarios) <= MOST:
                page.write_formula(row, column, f"={formula}", look, one[of])
            else:
                page.write_number(row, column, one[of], look)


def _scenarios(page: Any, scenarios: pd.DataFrame, formats: dict[str, Any]) -> None:
    page.freeze_panes(1, 0)
    page.set_column(0, len(scenarios.columns) - 1, 16)
    for column, name in enumerate(scenarios.columns):
        page.write_string(0, column, str(name), formats["bold"])
        look = formats["money" if "npv" in str(name) else "plain"]
        for row, value in enumerate(scenarios[name], start=1):
            if value == value:
                page.write_number(row, column, float(value), look)
