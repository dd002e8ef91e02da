"""Several tariffs offered to a site: the plan picks the best, and one that cannot be stops nothing."""

from __future__ import annotations

import pytest
from support import TINY, variant

from evplan.errors import InfeasibleError, InputError
from evplan.instance.read import read
from evplan.parameters.prepare import prepare
from evplan.plan import solve
from evplan.scenarios import compare

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
