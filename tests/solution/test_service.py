"""Service: the event simulation against queueing theory, and the plan's turned-away energy against the simulation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from support import variant

from evplan.instance.read import read
from evplan.parameters.components import mean_port_kw, usable_chargers
from evplan.parameters.prepare import prepare
from evplan.parameters.queueing import capacity_kw, waits_longer
from evplan.planning.sites import solve_site
from evplan.solution.service import Service, _waits, service, simulate
from evplan.solver.outcome import Options

STATIONS = {  # sessions a day, mean kWh, charger types, longest wait, profile, share that must be served
    "village": (6.0, 25.0, ["dc50"], 15.0, "rural-corridor", 0.9),
    "corridor": (40.0, 35.0, ["dc150"], 10.0, "rural-corridor", 0.0),
    "town": (60.0, 28.0, ["dc50"], 10.0, "urban-fast", 0.0),
    "city": (120.0, 32.0, ["dc150"], 5.0, "urban-fast", 0.0),
    "both": (80.0, 30.0, ["dc50", "dc150"], 20.0, "urban-fast", 0.0),
    "impatient": (90.0, 30.0, ["dc150"], 1.0, "urban-fast", 0.7),
}
BAR = 0.02  # of the energy wanted, mean of ten seeds
ONE_DRAW = 0.005  # what one year of drivers adds by chance


def queue(load: float, ports: int, patience_h: float, drivers: int, share: float = 1.0):
    """Return the waits of exponential sessions of mean 1 h at a rate of `load` an hour."""
    random = np.random.default_rng(7)
    arrives = np.cumsum(random.exponential(1 / load, drivers))
    energy = random.exponential(1.0, drivers)
    return _waits(arrives, energy, np.zeros(drivers, bool), [1.0] * ports, patience_h, share, random)


@pytest.mark.parametrize(("load", "ports", "wait"), [(3.0, 5, 0.1), (3.0, 4, 0.5), (0.6, 1, 1.0)])
def test_waits_are_those_of_the_m_m_n_queue(load, ports, wait):
    waits = queue(load, ports, np.inf, 200_000)
    assert (waits > wait).mean() == pytest.approx(waits_longer(ports, load, wait), abs=0.01)


@pytest.mark.parametrize(("load", "ports", "patience"), [(3.0, 4, 0.2), (6.0, 4, 0.5), (0.9, 1, 1.0)])
def test_who_leaves_is_what_the_queue_with_patience_says(load, ports, patience):
    waits = queue(load, ports, patience, 200_000)
    states = [load**j / math.factorial(j) for j in range(ports)]  # Barrer 1957: M/M/n with a constant patience
    drift = load - ports
    waiting = load * states[-1] * ((math.exp(drift * patience) - 1) / drift + math.exp(drift * patience) / ports)
    lost = load * states[-1] * math.exp(drift * patience) / ports / (sum(states) + waiting)
    assert np.isinf(waits).mean() == pytest.approx(lost, abs=0.01)


def test_a_port_works_the_share_of_the_time_that_it_should():
    waits = queue(0.01, 1, 0.0, 20_000, share=0.9)
    assert np.isinf(waits).mean() == pytest.approx(0.1 + 0.9 * 0.01, abs=0.02)


def test_a_port_that_fails_under_load_serves_no_more_than_its_share():
    random = np.random.default_rng(7)
    arrives = np.cumsum(random.exponential(1 / 5, 100_000))
    energy = random.exponential(1.0, len(arrives))
    waits = _waits(arrives, energy, np.zeros(len(arrives), bool), [1.0], 1.0, 0.5, random)
    assert energy[np.isfinite(waits)].sum() / arrives[-1] == pytest.approx(
        0.52, abs=0.03
    )  # a session under way still ends


def test_nobody_is_served_without_ports():
    assert np.isinf(queue(1.0, 0, np.inf, 10)).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", STATIONS)
def test_the_plan_turns_away_what_the_simulation_does(name, tmp_path):
    sessions, mean, types, wait, profile, least = STATIONS[name]
    changes = {
        "horizon.weeks": [], "horizon.operating_years": [1], "catalogue.solar": None, "catalogue.battery": None,
        "sites[gate-city].chargers": types, "sites[rock-creek].demand": {"sessions_per_day": 0.0, "energy_kwh": {"mean": 1.0}},
        "sites[gate-city].demand": {
            "sessions_per_day": sessions, "energy_kwh": {"mean": mean, "sd": 0.4 * mean}, "arrival_profile": profile,
            "max_wait_min": wait, "min_served": least,
        },
    }  # fmt: skip
    found = read(variant(tmp_path, changes))
    parameters = prepare(found)
    site, said = parameters.sites[0], found.instance.sites[0]
    plan = solve_site(found, site, "highs", Options(1e-3, 120.0), lambda *_: None)
    assert plan.open
    chargers = tuple(usable_chargers(said, parameters.context))
    port_kw = {charger.name: mean_port_kw(charger, parameters.context) for charger in chargers}
    years = [simulate(said, chargers, site, plan, port_kw, 0, seed) for seed in range(10)]
    errors = [year.error for year in years if year is not None]
    assert len(errors) == 10
    assert np.mean(errors) <= BAR, f"turned away {years[0]}"
    assert max(errors) <= BAR + ONE_DRAW


def test_a_spare_charger_carries_nothing_and_is_paid_for(tmp_path):
    base, spared = (
        prepare(read(variant(tmp_path, {"sites[gate-city].demand.spare_chargers": n}))).sites[0] for n in (0, 1)
    )
    charger, kept = base.chargers[0], spared.chargers[0]
    counts = min(charger.max_count, kept.max_count - 1)
    assert (kept.capacity_kw[:, 1 : counts + 1] == charger.capacity_kw[:, :counts]).all()
    assert kept.full_of(1)[0] == 0
    assert kept.full_of(3)[0] == pytest.approx(charger.full_of(2)[0])
    assert capacity_kw(4, 1, 50.0, 1.0, None, None, 0.1, spare=2).tolist() == [0.0, 0.0, 0.0, 50.0, 100.0]


def test_spare_chargers_cost_and_are_checked(tmp_path):
    objectives = {}
    for spare in (0, 1):
        found = read(variant(tmp_path, {"sites[rock-creek].demand.spare_chargers": spare}))
        parameters = prepare(found)
        site = parameters.sites[1]
        plan = solve_site(found, site, "highs", Options(1e-6, 60.0), lambda *_: None)
        objectives[spare] = plan.objective
        assert service(found.instance.sites[1], site, plan, parameters.context)[0].drivers > 0
    assert objectives[1] < objectives[0] - 10_000


def test_service_far_from_the_plan_is_told():
    year = Service(1, 5000, 0.10, 0.02, 0.1, 1.0, 1)
    assert "event simulation" in (year.told or "")
    assert replace(year, turned_away=0.03).told is None
    assert replace(year, drivers=50).told is None
