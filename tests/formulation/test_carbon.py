"""Carbon: a price steers and is no cash, a cap holds and is explained where it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from support import TINY, solved, variant

from evplan.errors import InfeasibleError
from evplan.plan import solve

KG = 0.4
SOLAR = {
    "catalogue.solar.cost_per_kw": 2600.0,
    "horizon.operating_years": [1],
    "catalogue.battery": None,
}  # dear enough that some panels are worth only their carbon


def emitted_t(run, site=0):
    """Return the first modelled year's emissions by hand: import times factor, week by week as often as it stands."""
    plan, clock = run.plans[site], run.parameters.sites[site].clock
    return float((plan.import_kw[0] * clock.step_h * clock.weight).sum() * KG / 1000)


def test_a_price_lowers_emissions_and_costs_no_cash(tmp_path):
    free, priced = (
        solved(TINY, SOLAR | {"carbon": {"grid_kg_per_kwh": KG, "price_per_t": price}}, tmp_path, gap=1e-4)
        for price in (0.0, 300.0)
    )
    assert emitted_t(priced) < 0.99 * emitted_t(free)
    steered = priced.reconciliations[0]["carbon_priced"]
    site = priced.parameters.sites[0]
    kwh = (priced.plans[0].import_kw * site.clock.year_h).sum(axis=1)
    assert steered == pytest.approx(float(site.worth_untaxed @ (kwh * KG * 0.3)))
    assert priced.appraisal.portfolio.metrics.npv < free.appraisal.portfolio.metrics.npv + 1.0


def test_a_cap_holds_in_every_year(tmp_path):
    free = solved(TINY, SOLAR | {"carbon": {"grid_kg_per_kwh": KG}}, tmp_path, gap=1e-4)
    cap = round(0.8 * emitted_t(free), 2)
    run = solved(TINY, SOLAR | {"carbon": {"grid_kg_per_kwh": KG, "cap_t_per_year": cap}}, tmp_path, gap=1e-4)
    site, plan = run.parameters.sites[0], run.plans[0]
    assert (KG / 1000 * (plan.import_kw * site.clock.year_h).sum(axis=1) <= cap * (1 + 1e-5)).all()
    assert plan.objective < free.plans[0].objective


def test_a_series_counts_hour_by_hour(tmp_path):
    rows = np.tile(np.r_[np.full(12, 0.0), np.full(12, 0.8)], 365)
    (tmp_path / "grid.csv").write_text("kg\n" + "\n".join(map(str, rows)) + "\n")
    run = solved(
        TINY, {"carbon": {"grid_series": {"file": "grid.csv", "column": "kg"}, "price_per_t": 50.0}}, tmp_path, gap=1e-4
    )
    carbon, clock = run.parameters.sites[0].carbon, run.parameters.sites[0].clock
    assert carbon is not None
    hour = clock.start.tz_convert("Etc/GMT+5").hour  # rows are hours of standard time from the year's first on
    assert (carbon.kg_per_kwh[hour < 12] == 0).all()
    assert (carbon.kg_per_kwh[hour >= 12] == 0.8).all()


def test_a_cap_that_cannot_be_kept_is_named_and_repaired(tmp_path):
    changes = {
        "carbon": {"grid_kg_per_kwh": KG, "cap_t_per_year": 0.5}, "sites[rock-creek].demand.min_served": 0.95,
        "sites[gate-city].demand.min_served": 0.0, "catalogue.solar": None,
    }  # fmt: skip
    with pytest.raises(InfeasibleError) as caught:
        solve(variant(tmp_path, changes))
    said = str(caught.value)
    assert "carbon.cap_t_per_year: 0.5 t" in said
    more = float(said.split("0.5 t; ")[1].split(" t more")[0])
    carbon = {"grid_kg_per_kwh": KG, "cap_t_per_year": 0.5 + more}
    assert solved(TINY, changes | {"carbon": carbon}, tmp_path, gap=0.01).status == "optimal"
