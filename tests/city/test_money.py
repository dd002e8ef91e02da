"""Money of a city worked out on paper: every flow, levelised cost, savings and summary figure of two years of four hours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cityscape import MADRID, study_of

from evplan.city.balance import Supply, balance, conserved
from evplan.city.least_cost import least_cost
from evplan.city.money import Flow, lcoe, money
from evplan.city.prices import prices_of
from evplan.city.purchases import left_over, purchases, standing
from evplan.city.results import CityResult, city_summary
from evplan.city.simulate import Capacities, CityYears, simulate
from evplan.city.study import Charging
from evplan.city.study import Supply as SupplyNoun


def paper() -> CityYears:
    """Return two years of four hours.

    First: 2 bought; 5 of sun: 2 into storage (1.6 kept), 1 sold, 2 lost; of 4 wanted 0.8 from storage, 3 bought, 0.2 later, then bought.
    Second: 1 of sun stored (0.8); of 6 wanted 0.4 from storage, 3 bought, 0.5 wait, 2.1 never come; 1 and the 0.5 bought.
    """
    demand, two = np.array([[2.0, 0], [0, 0], [4, 6], [0, 1]]), np.ones(2)
    sun = np.array([[0.0, 0], [5, 1], [0, 0], [0, 0]])
    supply = Supply(
        2 * two, 2 * two, 2 * two, 0.8 * two, 0.5 * two, 3 * two, two, 0.5 * two, np.array([4.0, 6.0]), np.array([True, False])
    )  # fmt: skip
    none, never = np.zeros(2), np.zeros((4, 2), bool)
    empty = replace(supply, storage_kwh=none, charge_kw=none, discharge_kw=none)
    place = MADRID.model_copy(update={"price_per_kwh": 0.2, "grid_kg_per_kwh": 0.5})
    seen = simulate(study_of(years=2), MADRID)
    built = Capacities(np.array([4.0, 6.0]), two, 2 * two, 3 * two)
    price = np.outer(np.ones(4), [0.2, 0.22])
    return replace(
        seen, place=place, years=np.array([2026, 2027]), classes=[], wanted=replace(seen.wanted, demand=demand), capacities=built,
        solar=sun, wind=0 * sun, price=price, supply=supply, by_rules=balance(demand, sun, never, supply),
        grid_alone=balance(demand, 0 * sun, never, empty), wear_per_kwh=none, lent_kwh=none,
    )  # fmt: skip


COSTS = {"solar_per_kw": 900, "wind_per_kw": 1400, "storage_per_kwh": 300, "charger_per_kw": 500}
STUDY = study_of(
    years=2, prices={"export_factor": 0.5, "per_kw_year": 10.0, "escalation": 0.1},
    costs={
        "solar_per_kw": 100.0, "wind_per_kw": 50.0, "storage_per_kwh": 20.0, "charger_per_kw": 30.0, "om_share": 0.1,
        "unmet_per_kwh": 2.0, "discount_rate": 0.25,
        "life_years": {"solar": 4.0, "wind": 2.0, "storage": 1.0, "chargers": 5.0},
    },
)  # fmt: skip


def test_every_flow_is_what_it_is_on_paper():
    city = paper()
    own = money(STUDY, city, city.by_rules)
    # Chargers 4 then 2 more at 30, sun 4 and 2 more at 100, wind 1 at 50, storage 2 at 20 that lasts a year.
    assert own.flow.capex == pytest.approx([120 + 400 + 50 + 40, 60 + 200 + 40])
    assert own.flow.om == pytest.approx([0.1 * 610, 0.1 * (180 + 600 + 50 + 40)])
    assert own.flow.energy == pytest.approx([0.2 * 5.2 - 0.1 * 1, 0.22 * 4.5])
    assert own.flow.capacity == pytest.approx([30, 33]) and own.flow.unmet == pytest.approx([0, 4.2])
    # Left at the end: chargers 3/5 and 4/5, sun 2/4 and 3/4, wind and storage nothing.
    assert own.flow.residual == pytest.approx([0, 72 + 48 + 200 + 150])
    assert own.flow.served_kwh == pytest.approx([6, 4.9])
    alone = own.grid_alone
    assert alone.capex == pytest.approx([120, 60]) and alone.om == pytest.approx([12, 18])
    assert alone.energy == pytest.approx([0.2 * 5.5, 0.22 * 4.5]) and alone.capacity == pytest.approx([30, 33])
    assert alone.unmet == pytest.approx([1, 5]) and alone.residual == pytest.approx([0, 120])


def test_levelised_cost_and_savings_are_what_they_are_on_paper():
    # Flaw 3: discounted cost over discounted energy. 1/1.25 = 0.8, squared 0.64; capital at the beginning of its year.
    city = paper()
    own = money(STUDY, city, city.by_rules)
    plan = 610 + 0.8 * 300 + 0.8 * (61 + 0.94 + 30) + 0.64 * (87 + 0.99 + 33 - 470)
    alone = 120 + 0.8 * 60 + 0.8 * (12 + 1.1 + 30) + 0.64 * (18 + 0.99 + 33 - 120)
    assert own.lcoe_per_kwh == pytest.approx(plan / (0.8 * 6 + 0.64 * 4.9))
    assert own.grid_alone_lcoe_per_kwh == pytest.approx(alone / (0.8 * 5.5 + 0.64 * 4.5))
    assert own.savings == pytest.approx(alone - plan + 0.8 * 1 + 0.64 * (5 - 4.2))
    assert own.cumulative[0] == pytest.approx(120 + 0.8 * 43.1 - 610 - 0.8 * 91.94 + 0.8)


def test_every_figure_of_the_summary_is_what_it_is_on_paper():
    city = paper()
    own = money(STUDY, city, city.by_rules)
    said = city_summary(STUDY, CityResult(city, {"rule-based": (city.by_rules, own)}, {}))
    assert said["demand_kwh"] == pytest.approx(13) and said["served_share"] == pytest.approx(1 - 2.1 / 13)
    assert said["renewable_share"] == pytest.approx(1 - 9.7 / 10.9) and said["curtailed_share"] == pytest.approx(2 / 6)
    assert said["peak_import_kw"] == pytest.approx(3) and said["emissions_t"] == pytest.approx(0.5 * 9.7 / 1000)
    assert said["conservation_error"] < 1e-12


def test_levelised_cost_of_one_purchase_is_that_of_the_capital_recovery_factor():
    # 1,000 for 20 years of 1,500 kWh at 6 %: 1,000 * 0.06 / (1 - 1.06^-20) / 1,500.
    none = np.zeros(20)
    flow = Flow(np.append(1000.0, np.zeros(19)), none, none, none, none, none, none, np.full(20, 1500.0))
    assert lcoe(flow, 0.06) == pytest.approx(1000 * 0.06 / (1 - 1.06**-20) / 1500)


def test_capacity_is_bought_when_it_is_needed_and_again_when_its_life_ends():
    assert purchases(np.array([10.0, 10, 15, 15]), 2.0).tolist() == [10.0, 0.0, 15.0, 0.0]
    assert purchases(np.array([100.0, 100, 0, 0, 0]), 3.0).tolist() == [
        100.0,
        0,
        0,
        0,
        0,
    ]  # what shrinks is not bought again
    assert standing(np.array([10.0, 0, 15, 0]), 2.0).tolist() == [10.0, 10.0, 15.0, 15.0]
    # Of the last 15, bought in the third of four years, nothing of two years' life is left; of one bought in the fourth, half.
    assert left_over(np.array([0.0, 0, 15, 0]), 2.0) == 0.0
    assert left_over(np.array([0.0, 0, 0, 15]), 2.0) == 7.5


def test_grid_charged_energy_is_paid_for():
    # Flaw 3: grid-charged energy counted as free. The first hour is cheap and fills the battery: 2 of it (1.6 kept) besides 2 for cars.
    city = paper()
    cheap = np.zeros((4, 2), bool)
    cheap[0] = True
    filled = balance(city.by_rules.demand, 0 * city.solar, cheap, city.supply)
    assert filled.from_grid[0].tolist() == [1.0, 2.0]  # the connection gives 3, and 2 are for cars in the first year
    prices = prices_of(STUDY, city)
    own = money(STUDY, city, filled)
    assert own.flow.energy == pytest.approx(prices.energy[0] * filled.imported.sum(axis=0))
    assert filled.imported.sum() == pytest.approx(filled.served.sum() + filled.charge.sum() - filled.discharge.sum())


def test_no_energy_is_bought_to_be_sold_at_once_however_cheap_the_night():
    study = study_of(prices={"by_hour": [0.3] * 6 + [1.0] * 18, "export_factor": 1.0})
    city = simulate(study, MADRID)
    prices = prices_of(study, city)
    assert (prices.export <= prices.energy).all()
    found = least_cost(city.by_rules, prices)
    both = np.minimum(found.imported - found.from_grid, found.exported)
    assert both.max() <= 1e-6 * found.demand.max()
    free = study_of(prices={"by_hour": [0.0] * 24})
    given = simulate(free, MADRID)
    least = least_cost(given.by_rules, prices_of(free, given))
    assert np.minimum(least.charge, least.discharge).max() <= 1e-6 * least.demand.max()
    assert least.imported.sum() <= given.by_rules.imported.sum() * (1 + 1e-6)


@pytest.mark.parametrize("import_kw", [10, 16, 25])
def test_least_cost_is_never_dearer_where_the_grid_is_short_or_its_peak_is_priced(import_kw):
    supply = {
        "solar_kw": ((2026, 40),),
        "wind_kw": ((2026, 5),),
        "storage_kwh": ((2026, 300),),
        "import_kw": ((2026, import_kw),),
    }
    study = study_of(supply=supply, prices={"by_hour": [0.5] * 8 + [1.0] * 9 + [1.6] * 7, "per_kw_year": 150.0})
    city = simulate(study, MADRID)
    found = least_cost(city.by_rules, prices_of(study, city))
    rules, least = money(study, city, city.by_rules), money(study, city, found)

    def total(own):
        return float((own.flow.paid + own.flow.unmet).sum())

    assert total(least) <= total(rules) * (1 + 1e-9)
    assert found.unmet.sum() <= city.by_rules.unmet.sum() * (1 + 1e-6) + 1e-6
    # A peak that is paid for is shaved, where the grid has room to be used at other hours.
    highest, by_rules = found.imported.max(axis=0), city.by_rules.imported.max(axis=0)
    assert (highest <= by_rules * (1 + 1e-9)).all() and (import_kw < 25 or (highest < 0.95 * by_rules).any())


def test_a_battery_that_shrinks_is_not_filled_up_beyond_what_is_left_of_it():
    supply = {
        "solar_kw": ((2026, 60),),
        "wind_kw": ((2026, 5),),
        "storage_kwh": ((2026, 300), (2027, 60)),
        "import_kw": ((2026, 60),),
    }
    study = study_of(supply=supply, prices={"by_hour": [1.0] * 21 + [0.4] * 3, "cheap_below": 0.5})
    city = simulate(study, MADRID)
    found = least_cost(city.by_rules, prices_of(study, city))
    assert conserved(found) < 1e-9
    assert (found.stored[4000:, 1] <= city.supply.storage_kwh[1] + 1e-6).all()


def test_charge_points_are_bought_as_they_are_needed():
    falling = study_of(years=3, costs={**COSTS, "life_years": {"chargers": 1.0}})
    city = simulate(falling, MADRID.model_copy(update={"population_growth": -0.4, "electric_share": 0.9}))
    assert (np.diff(city.wanted.peak_kw) < 0).all()
    own = money(falling, city, city.by_rules)
    assert own.grid_alone.capex == pytest.approx(500 * city.wanted.peak_kw)
    assert city.supply.serve_kw == pytest.approx(city.wanted.peak_kw)


@pytest.mark.parametrize("part", ["om", "energy", "capacity", "unmet"])
def test_a_cost_that_rises_is_lost_once_and_only_once(part):
    # Flaw 7: annual costs subtracted twice. Each rises by itself, and the savings fall by its present value once, by hand.
    costs = {"solar_per_kw": 900, "wind_per_kw": 1400, "storage_per_kwh": 300, "charger_per_kw": 500}
    short = {
        "supply": SupplyNoun(
            solar_kw=((2026, 200),),
            wind_kw=((2026, 50),),
            storage_kwh=((2026, 600),),
            import_kw=((2026, 60 if part == "capacity" else 19),),
        ),
        "charging": Charging(put_off_share=0.01),
    }
    before = study_of(**short, prices={"per_kw_year": 50.0}, costs={**costs, "om_share": 0.02, "unmet_per_kwh": 1.0})
    after = study_of(
        **short,
        prices={"per_kw_year": 80.0 if part == "capacity" else 50.0},
        costs={**costs, "om_share": 0.05 if part == "om" else 0.02, "unmet_per_kwh": 3.0 if part == "unmet" else 1.0},
    )
    city = simulate(before, MADRID)
    dearer = replace(city, price=city.price + 0.01) if part == "energy" else city
    discount, built, most = 1.06 ** -np.arange(1.0, 4), city.capacities, np.maximum.accumulate
    stands = 900 * most(built.solar_kw) + 1400 * most(built.wind_kw) + 300 * most(built.storage_kwh)
    own, alone = city.by_rules, city.grid_alone
    more = {
        "om": -0.03 * stands,
        "energy": 0.01 * (alone.imported - own.imported).sum(axis=0),
        "capacity": 30.0 * (alone.imported.max(axis=0) - own.imported.max(axis=0)),
        "unmet": 2.0 * (alone.unmet - own.unmet).sum(axis=0),
    }[part]
    assert np.abs(more).max() > 0
    moved = money(after, dearer, own).savings - money(before, city, own).savings
    assert moved == pytest.approx(float(more @ discount), rel=1e-9, abs=1e-6)
