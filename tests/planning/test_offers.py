"""Several tariffs offered to a site: the plan picks the best, and one that cannot be stops nothing."""

from __future__ import annotations

import pytest
from support import TINY, variant

from evplan.errors import InfeasibleError, InputError
from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.plan import solve
from evplan.scenarios.compare import compare

DEMAND = {"energy": [{"price_per_kwh": 0.06}], "demand": [{"price_per_kw_month": 22}]}
ENERGY = {"energy": [{"price_per_kwh": 0.19}, {"price_per_kwh": 0.33, "start": "16:00", "end": "21:00"}]}
TOO_SMALL = {"energy": [{"price_per_kwh": 0.01}], "contract": {"price_per_kva_month": 0, "max_kva": 0.5}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("offers")


def plan(folder, name, **tariffs):
    changes = {
        "tariffs.demand": DEMAND,
        "tariffs.energy": ENERGY,
        "tariffs.too-small": TOO_SMALL,
        "catalogue.battery": None,
    }
    return solve(
        variant(folder, changes | {f"sites[{site}].tariff": offer for site, offer in tariffs.items()}, name=name)
    )


def test_the_plan_picks_the_tariff_that_is_best_for_each_site(folder):
    both = ["energy", "demand"]
    alone = [plan(folder, f"{name}.yaml", **{"gate-city": name, "rock-creek": name}) for name in both]
    offered = plan(folder, "both.yaml", **{"gate-city": both, "rock-creek": both})
    for i, site in enumerate(offered.plans):
        best = max(alone, key=lambda run: run.plans[i].objective)
        assert site.objective == pytest.approx(best.plans[i].objective, rel=1e-4)
        assert offered.parameters.sites[i].tariff_name == best.parameters.sites[i].tariff_name
        assert site.bound >= max(run.plans[i].objective for run in alone) - 1e-6


def test_a_tariff_under_which_nothing_can_be_is_passed_over(folder):
    # Half a kilowatt cannot serve the share that the rural site must.
    run = plan(folder, "small.yaml", **{"rock-creek": ["too-small", "demand"]})
    assert run.parameters.sites[1].tariff_name == "demand"
    with pytest.raises(InfeasibleError):
        plan(folder, "only-small.yaml", **{"rock-creek": ["too-small"]})


def test_compare_ranks_every_tariff_of_the_file(folder):
    changes = {"tariffs.demand": DEMAND, "tariffs.energy": ENERGY, "catalogue.battery": None, "catalogue.solar": None}
    rows = compare(variant(folder, changes, name="compare.yaml"), ["base"], tariffs=["all"])
    assert {row["scenario"] for row in rows} == {f"base, {name}" for name in ("general-service", "demand", "energy")}
    values = [row["objective"] for row in rows]
    assert values == sorted(values, reverse=True)
    with pytest.raises(InputError, match="did you mean 'general-service'"):
        compare(TINY, ["base"], tariffs=["general-servise"])


def test_each_offer_is_laid_on_the_clock_once(folder):
    path = variant(
        folder, {"tariffs.demand": DEMAND, "sites[gate-city].tariff": ["demand", "general-service"]}, name="o.yaml"
    )
    found = prepare(read(path))
    assert [site.tariff_name for site in found.offers[0]] == ["demand", "general-service"]
    assert len(found.offers[1]) == 1


def test_a_harsh_first_guess_of_the_battery_does_not_choose_the_tariff(folder):
    # Cheap nights and dear peaks pay a battery; at six full cycles a day and 4 1/h, the first guess, it seems not to.
    harsh = {"cost_per_kwh": 200, "cost_per_kw": 300, "max_kwh": 2000, "cycles_per_day": 6.0, "c_rate": 4.0}
    peaks = {
        "energy": [{"price_per_kwh": 0.07}, {"price_per_kwh": 0.02, "start": "22:00", "end": "08:00"}],
        "demand": [{"price_per_kw_month": 25}],
    }
    changes = {
        "catalogue.battery": harsh, "catalogue.solar": None, "tariffs.flat": {"energy": [{"price_per_kwh": 0.16}]},
        "tariffs.peaks": peaks, "sites[rock-creek].tariff": "flat",
    }  # fmt: skip
    runs = {
        name: solve(variant(folder, changes | {"sites[gate-city].tariff": offer}, name=f"harsh-{name}.yaml"))
        for name, offer in (("both", ["flat", "peaks"]), ("flat", "flat"), ("peaks", "peaks"))
    }
    alone = {name: runs[name].plans[0].objective for name in ("flat", "peaks")}
    assert alone["peaks"] > alone["flat"]
    assert runs["both"].parameters.sites[0].tariff_name == "peaks"
    assert runs["both"].plans[0].objective == pytest.approx(alone["peaks"], rel=1e-3)
