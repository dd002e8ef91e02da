"""Every published figure that is replayed, ours beside it; `--write` puts the table into docs/validation.md.

What is not at hand (the recorded data lie beside the project, OR-Library's files where ORLIB says) is left as the page has it.

    python benchmarks/validation.py [--write]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import reopt_replay

from evplan.degradation import field
from evplan.degradation.duty import Duty
from evplan.degradation.laws import LAWS
from evplan.degradation.predict import load_model
from evplan.instance.catalogue import Incentives
from evplan.instance.finance import Finance
from evplan.parameters.money import schedule
from evplan.siting.classic.median import p_median
from evplan.siting.classic.orlib import read_pmed
from evplan.v2x.run import act, linear_bounds, policy_named
from evplan.v2x.scene import scene_of

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation.md"
BEGIN, END = "<!-- figures: python benchmarks/validation.py --write -->", "<!-- end -->"
RECORDED = ROOT.parent / "shared" / "data" / "v2x_benchmark"
STUDIES = {"R1_pv_bess_monthly_rates": "S1", "R2_pv_only_monthly_rates": "S5"}  # as REopt's repository calls them
REPLAYED = {
    "lcc": "lifecycle cost, USD", "lcc_bau": "lifecycle cost of business as usual, USD", "npv": "net present value, USD",
    "pv_kw": "panels, kW", "bess_kwh": "battery, kWh", "bess_kw": "battery, kW", "year1_energy": "energy of the first year, USD",
    "year1_demand": "demand charges of the first year, USD", "year1_bill_bau": "first year's bill as usual, USD",
}  # fmt: skip
BONUS, SEVEN = (
    Incentives(investment_tax_credit=0.26, macrs_years=5, bonus_depreciation=1.0),
    Incentives(macrs_years=7, bonus_depreciation=1.0),
)
EFFECTIVE = {  # study and what: discount rate, years, first cost, law, replaced in, at, published cost after tax
    "S1, panels, USD/kW": (0.083, 25, 1600.0, BONUS, (), 0.0, 881.699),
    "S1, battery, USD/kW": (0.083, 25, 840.0, SEVEN, (10,), 410.0, 775.0261),
    "S1, battery, USD/kWh": (0.083, 25, 420.0, SEVEN, (10,), 200.0, 385.8461),
    "S5, panels, USD/kW": (0.081, 20, 2000.0, Incentives(investment_tax_credit=0.3, macrs_years=5), (), 0.0, 1087.2263),
    "S5, battery, USD/kW": (0.081, 20, 1000.0, Incentives(macrs_years=7), (10,), 460.0, 957.638),
}
TAX = 0.26
PMED = {1: 5819, 2: 4093, 6: 7824}


@dataclass(frozen=True)
class Figure:
    """A published figure and ours. bar : how far ours may be off, relative, or of the figure itself where that is said."""

    source: str
    what: str
    published: float
    ours: float
    bar: str

    @property
    def off(self) -> float:
        """Return how far ours is off, relative; of a figure of 0, by itself."""
        return abs(self.ours - self.published) / abs(self.published) if self.published else abs(self.ours)

    @property
    def row(self) -> str:
        """Return its line of the table."""
        return (
            f"| {self.source} | {self.what} | {self.published:,.6g} | {self.ours:,.6g} | {self.off:.1g} | {self.bar} |"
        )


def studies() -> Iterator[Figure]:
    """Yield the figures of the studies of REopt, from hourly data to sizes and lifecycle cost."""
    import json

    bars = {**reopt_replay.BARS, "lcc_bau": "1 USD", "npv": "1 USD"}
    for path in sorted(reopt_replay.STUDIES.glob("*.json")):
        expected, found = json.loads(path.read_text(encoding="utf-8"))["expected"], reopt_replay.replay(path)
        for name, what in REPLAYED.items():
            if name in found and not (expected[name] == found[name] == 0):
                bar = bars.get(name, "shown")
                yield Figure(
                    f"REopt {STUDIES.get(path.stem, path.stem)}",
                    what,
                    expected[name],
                    found[name],
                    f"{bar:g}" if isinstance(bar, float) else bar,
                )


def effective_costs() -> Iterator[Figure]:
    """Yield what equipment costs after credits and depreciation."""
    for what, (rate, years, cost, law, again, price, published) in EFFECTIVE.items():
        finance = Finance(
            discount_rate=rate, inflation=0.0, tax_rate=TAX, residual_value="none", replacements="expensed"
        )
        ours = schedule(cost, price, 40.0, years, finance, law, list(again)).present_value(rate, TAX)
        yield Figure("REopt", f"cost after tax, {what}", published, ours, "0.001 USD")


def fleets() -> Iterator[Figure]:
    """Yield the health of a measured fleet after the law of its cells was calibrated to it, and fits of shelves of cells."""
    fleet = field.field_data()["fleet"]
    model, duty = load_model(fleet["chemistry"]).outlook("field"), Duty(**fleet["duty"])
    years, soh = np.array(fleet["years"], float), np.array(fleet["soh"])
    fade = field.scaled(model.fade(duty), field.calibrate(model.capacity, duty, years, soh))
    for year, published, ours in zip(
        years, soh, fade.state_of_health(years, years * duty.cycles_per_year), strict=True
    ):
        yield Figure(
            fleet["name"],
            f"state of health after {year:g} years, law calibrated",
            published,
            float(ours),
            "0.01 points of 1",
        )


def recorded() -> Iterator[Figure]:
    """Yield costs of recorded instances of EV2Gym, EUR, and its linear bound."""
    for path in sorted(RECORDED.glob("v2gprofitmax_25cs_seed*.json")):
        scene = scene_of(path, [0])
        assert scene.recorded is not None
        for name in ("as-fast", "as-late-rated"):
            ours = float(act(scene, name, policy_named(name, scene)).books.energy[0])
            yield Figure("EV2Gym", f"{path.stem.rsplit('_', 1)[1]}, {name}, EUR", scene.recorded[name], ours, "0.01")
        yield Figure(
            "EV2Gym",
            f"{path.stem.rsplit('_', 1)[1]}, linear bound, EUR",
            scene.recorded["linear"],
            float(linear_bounds(scene)[0]),
            "1e-05",
        )


def medians() -> Iterator[Figure]:
    """Yield optima of OR-Library's p-median instances, proved."""
    folder = Path(os.environ.get("ORLIB", ""))
    for number, published in PMED.items():
        path = folder / f"pmed{number}.txt"
        if os.environ.get("ORLIB") and path.is_file():
            graph = read_pmed(path)
            yield Figure(
                "OR-Library", f"pmed{number}, optimum", published, p_median(graph.distance, graph.sites).value, "0"
            )


def shelves() -> Iterator[Figure]:
    """Yield how far calendar fade of the field outlook is from published fits, points of capacity."""
    for chemistry in ("lfp", "nca"):
        law = LAWS[chemistry]
        errors = field.calendar_errors(law, field.FIELD_EXPONENT, field.calendar_scale(law))
        yield Figure(
            "calendar fits",
            f"{chemistry}: mean distance over {len(errors)} fits, points",
            0.0,
            float(np.mean(list(errors.values()))),
            "2",
        )


EVERY = (studies, effective_costs, recorded, medians, fleets, shelves)
SHORT = (effective_costs, fleets, shelves)  # of no other data, and no search


def rows_of_page() -> dict[str, str]:
    """Return the lines of the page's table, by source and what they are of."""
    text = PAGE.read_text(encoding="utf-8")
    inside = text[text.index(BEGIN) : text.index(END)].splitlines()
    lines = [line for line in inside if line.startswith("| ") and not line.startswith(("| published by", "| ---"))]
    return {"|".join(line.split("|")[1:3]): line for line in lines}


def main() -> int:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into docs/validation.md")
    asked = parser.parse_args()
    lines = {"|".join(one.row.split("|")[1:3]): one.row for kind in EVERY for one in kind()}
    every = {**rows_of_page(), **lines} if PAGE.is_file() else lines
    table = [
        "| published by | figure | published | ours | off | bar |",
        "| --- | --- | ---: | ---: | ---: | --- |",
        *every.values(),
    ]
    if asked.write:
        text = PAGE.read_text(encoding="utf-8")
        before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
        PAGE.write_text("\n".join([before, "", *table, "", after]), encoding="utf-8")
    else:
        print("\n".join(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
