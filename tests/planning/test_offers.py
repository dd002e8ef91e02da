"""Several tariffs, or times to replace cells, offered to a site: the plan picks the best, and one that cannot be stops nothing."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from support import TINY, variant

from evplan.errors import InfeasibleError, InputError, InstanceError
from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.plan import solve
from evplan.report import words
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


HEALTHS = (0.9, 0.7)
STORE = {
    "catalogue.battery": {"cost_per_kwh": 200, "cost_per_kw": 250, "max_kwh": 2000},
    "catalogue.solar": None,
    "tariffs.peaks": {
        "energy": [{"price_per_kwh": 0.07}, {"price_per_kwh": 0.02, "start": "22:00", "end": "08:00"}],
        "demand": [{"price_per_kw_month": 25}],
    },
    "sites[gate-city].tariff": "peaks",
}


@pytest.fixture(scope="module")
def replaced(folder):
    """Return the plans of a site with a battery, its cells replaced at either health, and at the better of both."""
    said = {"both": list(HEALTHS), **{str(soh): soh for soh in HEALTHS}}
    key = "catalogue.battery"
    return {
        name: solve(variant(folder, STORE | {key: STORE[key] | {"end_of_life_soh": soh}}, name=f"at-{name}.yaml"))
        for name, soh in said.items()
    }


def test_the_plan_picks_when_cells_are_replaced(replaced):
    both, alone = replaced["both"], {soh: replaced[str(soh)] for soh in HEALTHS}
    for i, plan in enumerate(both.plans):
        best = max(HEALTHS, key=lambda soh: alone[soh].plans[i].objective)
        assert plan.objective == pytest.approx(alone[best].plans[i].objective, rel=2e-3)
        assert plan.bound >= max(run.plans[i].objective for run in alone.values()) * (1 - 1e-6)
        if plan.battery_kwh:
            assert both.lives[i].end_of_life_soh == best
    assert both.plans[0].battery_kwh > 0
    worth = [run.plans[0].objective for run in alone.values()]
    assert abs(worth[0] - worth[1]) > 0.005 * abs(worth[0])  # the choice matters here


def test_every_offer_is_told_with_what_it_gives_up(replaced):
    offers = replaced["both"].offers[0]
    assert [offer.end_of_life_soh for offer in offers] == list(HEALTHS)
    assert sum(offer.picked for offer in offers) == 1
    assert max(offers, key=lambda offer: offer.objective).picked
    early, late = offers
    assert late.life_years > 1.5 * early.life_years  # fade slows with time: three times the loss takes longer still
    said = words.offers("gate-city", [asdict(offer) for offer in offers], "USD", 1e-4)
    assert "cells replaced at" in said and said.endswith("less)")
    picked = next(offer for offer in offers if offer.picked)
    plan, money = replaced["both"].plans[0], replaced["both"].appraisal.sites[0]
    assert (picked.objective, picked.battery_kwh) == (plan.objective, plan.battery_kwh)
    assert picked.npv == pytest.approx(money.metrics.npv)  # nothing stood there before


def test_words_on_offers_claim_no_more_than_was_found(replaced):
    early, late = (asdict(offer) for offer in replaced["both"].offers[0])
    none = [offer | {"battery_kwh": 0.0} for offer in (early, late)]
    assert words.offers("x", none, "USD", 1e-4) == ""
    assert words.offers("x", [early], "USD", 1e-4) == ""
    better, worse = sorted((early, late), key=lambda offer: not offer["picked"])
    near = worse | {"objective": better["objective"] - 1.0, "npv": better["npv"] + 9000.0}
    said = words.offers("x", [better, near], "USD", 1e-4)
    assert "no different within the gap, though its net present value is 9,000 USD more" in said
    late_one = worse | {"status": "time_limit"}
    assert "another may be the best" in words.offers("x", [better, late_one], "USD", 1e-4)


def test_cells_that_may_fade_further_are_planned_with_less_capacity(replaced):
    # The same cells at the same duty: whoever keeps them longer has, on average, less of them left.
    early, late = (prepare(replaced["both"].read).offers[0][k].battery for k in range(2))
    assert (late.soh < early.soh).all()
    assert (early.wear_per_kwh > late.wear_per_kwh).all()


def test_one_state_of_health_only_where_sites_share_a_budget(folder):
    changes = {"catalogue.battery.end_of_life_soh": [0.8, 0.7], "portfolio": {"budget": 1e6}}
    with pytest.raises(InstanceError, match="end_of_life_soh: one only where `portfolio` ties sites together"):
        read(variant(folder, changes, name="tied.yaml"))
