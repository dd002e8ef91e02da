"""`evplan region` as a user has it: from a new file to audited stations; what is done is not done again, and a killed run goes on."""

from __future__ import annotations

import copy
import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML
from support import ROOT, ran, wait_for

from evplan.errors import InstanceError
from evplan.feeder.planning.connection import connection_kw
from evplan.feeder.read import read_feeder
from evplan.feeder.reading import day_of
from evplan.instance.read import read
from evplan.region import run
from evplan.region.audit import audit
from evplan.region.limits import Limit, carries, limits
from evplan.region.read import TEMPLATE, json_schema, read_region
from evplan.region.results import shared_upgrades
from evplan.report.sealed import sealed
from evplan.store.manifest import read_manifest

BUDGETS = {"budget: 400000": "budget: 90000", "budget: 500000": "budget: 60000", "budget: 600000": "budget: 60000"}
QUICK = {
    "weeks: [2027-01-18, 2027-04-19, 2027-07-19, 2027-10-18]": "weeks: [2027-07-19]",
    "operating_years: [1, 8]": "operating_years: [1]", "  battery: {": "  # battery: {", "  solar: {": "  # solar: {",
}  # fmt: skip
TWICE = "{ site-36: lv } }\n  - { file: feeder.yaml, stations: { site-36: h1-8 } }"
TABLES = ("stations", "phases", "settings")


def changed(path, changes):
    text = path.read_text()
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text)


def small(folder):
    """Write a new region whose budgets build little and whose plans are quick; return its file."""
    file = folder / "my.yaml"
    assert ran("new", file, "--kind", "region") in (0, None)
    changed(folder / "siting.yaml", BUDGETS)
    changed(folder / "region" / "stations.yaml", QUICK)
    changed(file, {"by_phase: [60000, 60000, 40000]": "by_phase: [30000, 10000, 10000]"})
    return file


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Return a small region's file, its folder, and the exit code."""
    folder = tmp_path_factory.mktemp("region")
    file = small(folder)
    code = ran("region", file, "--output", folder / "out", "--format", "html", "pdf")
    return file, folder / "out", code


def test_the_shipped_region_is_the_template_and_the_schema_is_fresh():
    shipped = (ROOT / "instances" / "region.yaml").read_text().split("\n", 1)[1]
    assert shipped.replace("../data/region/", "region/") == TEMPLATE.read_text()
    assert (ROOT / "instances" / "region-schema.json").read_text() == json_schema()


def test_every_station_is_planned_and_every_claim_holds(planned):
    _, out, code = planned
    assert code == 0
    said, stations = sealed(out, "region"), pd.read_csv(out / "stations.csv")
    assert len(stations) == said["stations"] >= 3
    assert all(one["holds"] for one in said["audit"]) and len(said["audit"]) == 13
    runs = {one["folder"]: one["summary_sha256"] for one in said["runs"]}
    for row in stations.to_dict("records"):
        own = sealed(out / row["run"], "plan")
        assert runs[row["run"]] == own["summary_sha256"]
        assert own["sites"][0]["npv"] == pytest.approx(row["npv"])
        assert (out / row["run"] / "report.html").is_file()
    page = (out / "report.html").read_text()
    for words in ("Urban and rural", "Where figures are from", "Support", "What becomes of stations"):
        assert words in page
    assert (out / "report.pdf").read_bytes()[:5] == b"%PDF-"


def test_stations_open_in_their_phase(planned):
    _, out, _ = planned
    stations = pd.read_csv(out / "stations.csv", dtype={"phase": str})
    begin = {"2027": 2027, "2029": 2029, "2032": 2032}  # phases of 2, 3 and 5 years
    assert (stations["opens"] == stations["phase"].map(begin)).all()
    for row in stations.to_dict("records"):
        own = read(out / row["run"] / "plan.yaml").instance
        assert own.horizon.start.year == row["opens"]
        assert own.horizon.weeks[0].weekday() == 0 and own.horizon.weeks[0].month == 7
        assert own.sites[0].demand.min_served == 0.8


def test_what_is_done_is_not_done_again(planned, capsys):
    file, out, _ = planned
    before = {path: path.stat().st_mtime_ns for path in out.rglob("summary.json") if path.parent != out}
    tables = {name: (out / f"{name}.csv").read_bytes() for name in TABLES}
    assert ran("region", file, "--output", out) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert {name: (out / f"{name}.csv").read_bytes() for name in TABLES} == tables
    one = next(path for path in (out / "stations").iterdir())
    (one / "cashflow.csv").write_text("year\n")  # changed since: it is planned again
    assert ran("region", file, "--output", out) == 0
    assert {name: (out / f"{name}.csv").read_bytes() for name in TABLES} == tables
    assert sealed(one, "plan")


def test_a_killed_run_goes_on_and_ends_the_same(planned, tmp_path):
    file, whole, _ = planned
    command = [sys.executable, "-m", "evplan", "region", str(file), "--output", str(tmp_path / "out")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(child, "stations: 0 of")
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    assert read_manifest(tmp_path / "out").fate == "killed"
    assert ran("runs", tmp_path, "--state", "killed") == 0
    assert ran("region", file, "--output", tmp_path / "out") == 0
    for name in TABLES:
        assert (tmp_path / "out" / f"{name}.csv").read_bytes() == (whole / f"{name}.csv").read_bytes()


@pytest.mark.parametrize(("column", "change", "claim"), [
    ("npv", lambda own: own + 1000, "every figure of a station"), ("capex", lambda own: own * 0.9, "every figure of a station"),
    ("siting_kwh_day", lambda own: own * 1.1, "the energy of a station"),
    ("npv_first_year", lambda own: own + 50, "every station opens with its phase"),
    ("opens", lambda own: own + 1, "every station opens with its phase"),
    ("siting_last_kwh_day", lambda own: own + 1, "the energy of a station"),
    ("levelised_kwh", lambda own: own * 1.01, "every figure of a station"),
    ("grant", lambda own: own + 1, "every figure of a station"), ("served_kwh", lambda own: own + 10, "every figure of a station"),
    ("adds_kwh", lambda own: own + 10, "every figure of a station"), ("lcoc_per_kwh", lambda own: own * 1.1, "every figure of a station"),
])  # fmt: skip
def test_bent_stations_are_caught(planned, column, change, claim):
    file, out, _ = planned
    region, path = read_region(file), out / "stations.csv"
    text = path.read_text()
    own = pd.read_csv(path, dtype={"phase": str})
    row = own.index[(own["phase"] != "2027") & (own[column].notna())][0]
    own.loc[row, column] = change(float(own.loc[row, column]))
    own.to_csv(path, index=False)
    try:
        wrong = [one.claim for one in audit(region, out) if not one.holds]
    finally:
        path.write_text(text)
    assert any(one.startswith(claim) for one in wrong)
    assert [one.claim for one in audit(region, out) if not one.holds] == []


def test_another_path_of_years_is_caught(planned):
    """A plan whose drivers are more in a later year than siting says, and one whose first year wants more than was said."""
    file, out, _ = planned
    region, run = read_region(file), pd.read_csv(out / "stations.csv")["run"][0]
    path = out / run / "plan.yaml"
    text = path.read_text()
    said = YAML(typ="safe").load(text)
    for bend, claim in (
        (lambda levels: [*levels[:-1], 1.01 * levels[-1]], "who comes to a plan is, year by year"),
        (lambda levels: [1.02 * levels[0], *levels[1:]], "what is wanted of a plan in its first year"),
    ):
        bent = copy.deepcopy(said)
        bent["sites"][0]["demand"]["by_year"] = bend(said["sites"][0]["demand"]["by_year"])
        path.write_text(json.dumps(bent, default=str))
        try:
            wrong = [one.claim for one in audit(region, out) if not one.holds]
        finally:
            path.write_text(text)
        assert any(one.startswith(claim) for one in wrong)


@pytest.mark.parametrize("bend", [
    lambda said: said["tariffs"][next(iter(said["tariffs"]))]["energy"][0].update(price_per_kwh=0.5),
    lambda said: said["tariffs"][next(iter(said["tariffs"]))].update(fixed_per_month=7.0),
    lambda said: said["catalogue"]["chargers"][0].update(cost=1.0), lambda said: said["catalogue"]["chargers"][0].update(om_per_year=1.0),
    lambda said: said["sites"][0].update(price_per_kwh=0.9), lambda said: said["finance"].update(discount_rate=0.02),
])  # fmt: skip
def test_a_plan_at_other_prices_is_caught(planned, bend):
    file, out, _ = planned
    region, stations = read_region(file), pd.read_csv(out / "stations.csv", dtype={"phase": str})
    path = out / stations[stations["phase"] != "2027"]["run"].iloc[0] / "plan.yaml"
    text = path.read_text()
    bent = YAML(typ="safe").load(text)
    bend(bent)
    path.write_text(json.dumps(bent, default=str))
    try:
        wrong = [one.claim for one in audit(region, out) if not one.holds]
    finally:
        path.write_text(text)
    assert "prices in plans are those of the base, in money of the first year" in wrong


def test_a_station_that_is_left_out_is_caught(planned):
    file, out, _ = planned
    path = out / "stations.csv"
    text = path.read_text()
    path.write_text("".join(text.splitlines(keepends=True)[:-1]))
    try:
        wrong = {one.claim: one.wrong for one in audit(read_region(file), out) if not one.holds}
    finally:
        path.write_text(text)
    last = pd.read_csv(path)["station"].iloc[-1]
    assert wrong["every site that siting builds and that gives energy is a station"] == (last,)


def test_stations_have_the_energy_of_siting_in_every_year(planned):
    """By hand: phases begin in 2027, 2029 and 2032; the last one's energy stays."""
    _, out, _ = planned
    stations, flows = (pd.read_csv(out / name, dtype={"phase": str}) for name in ("stations.csv", "siting/flows.csv"))
    for row in stations.to_dict("records"):
        own = read(out / row["run"] / "plan.yaml").instance
        demand, site = own.sites[0].demand, sealed(out / row["run"], "plan")["sites"][0]
        energy = flows[flows["site"] == row["station"]].groupby("phase")["kwh_day"].sum()
        for year in range(1, own.horizon.years + 1):
            calendar = row["opens"] + year - 1
            phase = "2027" if calendar < 2029 else "2029" if calendar < 2032 else "2032"
            comes = demand.sessions_per_day * demand.energy_kwh.mean * demand.level(year)
            assert comes == pytest.approx(energy.get(phase, 0.0), rel=1e-6)
        first = energy[row["phase"]] * 365
        assert site["energy_served_kwh"] + site["energy_turned_away_kwh"] == pytest.approx(first, rel=5e-3)


def test_every_change_of_demand_is_planned(planned):
    """The base models one year; a station whose energy changes later models that, too, and sells what comes then."""
    _, out, _ = planned
    stations = pd.read_csv(out / "stations.csv", dtype={"phase": str})
    changing = 0
    for row in stations[stations["action"] == "open"].to_dict("records"):
        own = read(out / row["run"] / "plan.yaml").instance
        served = pd.read_csv(out / row["run"] / "cashflow.csv").query("level == 'site'").set_index("year")["served_kwh"]
        path = [own.sites[0].demand.level(year) for year in range(1, own.horizon.years + 1)]
        changes = [k + 1 for k in range(1, 12) if path[k] != path[k - 1]]
        assert own.horizon.operating_years[0] == 1 and set(changes[-1:]) <= set(own.horizon.operating_years)
        assert own.horizon.operating_years[-1] == (changes or [1])[-1]
        if path[-1] > 1.5 * path[0]:
            changing += 1
            assert served[12] > 1.2 * served[1]
    assert changing


def test_what_stood_is_told_apart(planned):
    """Money of an extension is of what it adds: it adds less than is served there, and has no levelised cost."""
    _, out, _ = planned
    stations = pd.read_csv(out / "stations.csv")
    new = stations["action"] == "open"
    assert new.any() and not new.all()
    assert (stations["adds_kwh"] == stations["served_kwh"])[new].all() and stations["lcoc_per_kwh"].notna()[new].all()
    stood = [sealed(out / run, "plan")["sites"][0]["appraised_against"] == "nothing new" for run in stations["run"]]
    assert any(stood)
    assert (stations["adds_kwh"] < stations["served_kwh"])[stood].all() and stations["lcoc_per_kwh"].isna()[stood].all()


def test_a_station_is_solved_again_by_itself(planned, tmp_path):
    """Its plan file stands in a folder of its own, with the files that it names: no flag is needed."""
    _, out, _ = planned
    row = pd.read_csv(out / "stations.csv").iloc[0]
    assert ran("solve", out / row["run"] / "plan.yaml", "--output", tmp_path / "again") == 0
    assert sealed(tmp_path / "again", "plan")["sites"][0]["npv"] == pytest.approx(row["npv"], rel=1e-6)


@pytest.mark.parametrize("bend", [
    {"limit_kw": 1.0, "upgraded_kw": 2.0}, {"feeder": "", "bus": ""}, {"bus": "h1-8"}, {"connection_kw": 4000.0, "limit_kw": 4000.0},
])  # fmt: skip
def test_a_plan_that_draws_more_than_its_network_carries_is_caught(planned, bend):
    file, out, _ = planned
    region, path = read_region(file), out / "stations.csv"
    text, own = path.read_text(), pd.read_csv(path, dtype={"phase": str, "feeder": str, "bus": str})
    placed = own.index[own["station"] == "site-36"]
    assert len(placed) and (own.loc[placed, "upgraded_kw"] > 10).all()
    own.loc[placed, list(bend)] = list(bend.values())
    own.to_csv(path, index=False)
    try:
        wrong = [one.claim for one in audit(region, out) if not one.holds]
    finally:
        path.write_text(text)
    assert any(one.startswith("networks carry all their stations") for one in wrong)


def test_a_network_carries_what_was_found_and_not_much_more(planned):
    """The limit, found by searching levels of power, against one flow with the station there."""
    file, out, _ = planned
    region, row = read_region(file), pd.read_csv(out / "stations.csv").set_index("station").loc["site-36"]
    feeder, bus, kw = region.feeders[0], row["bus"], float(row["upgraded_kw"])
    assert row["limit_kw"] == 0 and not carries(feeder, {"s": (bus, 1.0)}, bigger=False)
    assert carries(feeder, {"s": (bus, kw)}, bigger=True) and not carries(feeder, {"s": (bus, kw + 2)}, bigger=True)
    both = {"s": (bus, kw / 2), "t": (bus, kw / 2)}
    assert carries(feeder, both, bigger=True) and not carries(feeder, {**both, "u": (bus, 2.0)}, bigger=True)


def test_support_that_was_bent_is_caught(planned):
    file, out, _ = planned
    region, path = read_region(file), out / "stations.csv"
    text = path.read_text()
    own = pd.read_csv(path, dtype={"phase": str})
    waits = own.index[own["state"] == "waits for support"]
    assert len(waits)
    own.loc[waits, "state"] = "pays with its grant"
    own.to_csv(path, index=False)
    try:
        wrong = [one.claim for one in audit(region, out) if not one.holds]
    finally:
        path.write_text(text)
    assert "support is what stations lack, goes where it may, and each phase has it" in wrong


@pytest.mark.parametrize("rule", [{"settings": ("rural",)}, {"settings": ("urban",)}, {"most_share": 1e-6}])
def test_support_beyond_the_rules_of_the_pot_is_caught(planned, rule):
    """The stations that wait are granted all that they lack by a pot that is large enough, which one of its rules does not allow."""
    file, out, _ = planned
    region, path = read_region(file), out / "stations.csv"
    pot = region.study.pot.model_copy(update={"by_phase": (1e9, 1e9, 1e9)})
    text = path.read_text()
    own = pd.read_csv(path, dtype={"phase": str})
    granted = (own["grant"] > 0) & (own["grant"] <= own["capex"])
    own.loc[own["grant"] > 0, "state"] = "waits for support"
    own.loc[granted, "state"] = "pays with its grant"
    settings = set(own.loc[granted, "setting"])
    assert settings
    own.to_csv(path, index=False)
    try:
        wrong = [
            "support is what stations lack, goes where it may, and each phase has it"
            in [
                one.claim
                for one in audit(replace(region, study=region.study.model_copy(update={"pot": said})), out)
                if not one.holds
            ]
            for said in (pot.model_copy(update={"most_share": 1.0}), pot.model_copy(update=rule))
        ]
    finally:
        path.write_text(text)
    assert not wrong[0]
    assert wrong[1] == bool("most_share" in rule or settings - set(rule["settings"]))


def test_who_may_have_no_grant_is_told_apart_from_who_waits_for_money(planned):
    """The pot of the small region pays all of construction and any setting: barred is who lacks more than that."""
    _, out, _ = planned
    said, own = sealed(out, "region"), pd.read_csv(out / "stations.csv")
    waits = own[own["state"] == "waits for support"]
    barred = waits[(waits["grant"] > waits["capex"]) | (waits["adds_kwh"] <= 0)]
    assert said["barred"] == {"stations": len(barred), "grants": pytest.approx(barred["grant"].sum())}
    lacks = own[own["state"].isin(["pays with its grant", "waits for support"])].drop(barred.index)
    need = [lacks.loc[lacks["phase"] <= phase, "grant"].sum() for phase in (2027, 2029, 2032)]
    more = max(0.0, *(wants - there for wants, there in zip(need, (30_000, 40_000, 50_000), strict=True)))
    assert said["more_for_all"] == pytest.approx(more)
    page = (out / "report.html").read_text()
    assert ("may have no grant by the rules of the pot" in page) == bool(len(barred))
    assert ("pay, too" in page) == (len(waits) > len(barred))


def test_a_plan_file_offers_the_larger_transformer_at_its_cost(planned):
    file, out, _ = planned
    upgrade, row = (
        read_region(file).feeders[0].study.upgrade,
        pd.read_csv(out / "stations.csv").set_index("station").loc["site-36"],
    )
    said = read(out / row["run"] / "plan.yaml").instance.sites[0].connection
    assert said.existing_kw == pytest.approx(row["limit_kw"], abs=0.1)
    assert [(step.power_kw, step.cost) for step in said.steps] == [
        (pytest.approx(row["upgraded_kw"], abs=0.1), upgrade.cost)
    ]
    assert said.steps[0].power_kw <= row["upgraded_kw"] and upgrade.cost > 0


@pytest.mark.parametrize(("file", "old", "new", "said"), [
    ("region/stations.yaml", "currency: EUR", "currency: USD", "counts in USD, the siting study in EUR"),
    ("region/stations.yaml", "    setting: rural", "    setting: urban", "has no rural site that would say"),
    ("feeder.yaml", "currency: EUR", "currency: USD", "counts in USD, the siting study in EUR"),
    ("my.yaml", "{ site-36: lv } }", TWICE, "connects station 'site-36' twice"),
    ("my.yaml", "{ site-36: lv } }", TWICE, "is named already; put its stations into one entry"),
])  # fmt: skip
def test_studies_that_do_not_fit_together_are_told(tmp_path, file, old, new, said):
    ran("new", tmp_path / "my.yaml", "--kind", "region")
    changed(tmp_path / file, {old: new})
    with pytest.raises(InstanceError, match=said):
        read_region(tmp_path / "my.yaml")


def test_a_transformer_that_several_stations_pay_for_is_told_with_its_cost():
    def station(name, feeder, now_kw, kw):
        limit = Limit(name, feeder, "lv", now_kw, now_kw + 50, 12_000.0)
        return SimpleNamespace(name=name, limit=limit, site={"connection_kw": kw} if kw else None)

    three = [
        station("a", "f.yaml", 40.04, 40.1),
        station("b", "f.yaml", 20.0, 70.0),
        station("c", "f.yaml", 10.0, 60.0),
    ]
    others = [
        station("d", "f.yaml", 10.0, 10.0),
        station("e", "g.yaml", 10.0, 60.0),
        station("f", "f.yaml", 10.0, None),
    ]
    (note,) = shared_upgrades([*three, *others], "EUR")
    assert (
        note.startswith("3 stations each pay for the larger transformer of f.yaml") and "up to 24,000 EUR less" in note
    )


def test_stations_on_one_network_share_what_it_carries(tmp_path):
    """The second may draw what is left beside the first, which draws all that it may: together they are on the limit."""
    found = read_feeder(ROOT / "instances" / "feeder.yaml")
    file = small(tmp_path)
    changed(tmp_path / "feeder.yaml", {"kva: 160": "kva: 250", "upgrade: { kva: 250": "upgrade: { kva: 400"})
    changed(file, {"{ site-36: lv }": "{ first: lv, second: h1-8 }"})
    region = read_region(file)
    own = limits(region.study, region.feeders, ["second", "first"])
    alone = connection_kw(day_of(region.feeders[0].study, tmp_path), "lv")
    assert own["second"].now_kw > 1
    assert own["first"].now_kw < alone - 0.5 * own["second"].now_kw
    assert own["first"].upgraded_kw > own["first"].now_kw
    assert found.study.upgrade.cost == own["first"].upgrade_cost
    assert own["first"].upgraded_kw < limits(region.study, region.feeders, ["first"])["first"].upgraded_kw
    first, second = ((bus, own[name].upgraded_kw) for name, bus in (("first", "lv"), ("second", "h1-8")))
    assert carries(region.feeders[0], {"f": first, "s": second}, bigger=True)
    assert not carries(region.feeders[0], {"f": first, "s": second, "t": ("lv", 2.0)}, bigger=True)


@pytest.mark.parametrize(("old", "new", "said"), [
    ("stations: region/stations.yaml", "stations: none.yaml", "no such file"), ("l2: ac11", "l9: ac11", "is no type of the siting study"),
    ("l2: ac11", "l2: ac12", "there is no charger 'ac12' in the catalogue"),
    ("min_served: 0.8", "min_served: 8", "less than or equal to 1|at most 1"),
    ("{ site-36: lv }", "{ site-36: lw }", "there is no bus 'lw' in feeder.yaml"),
    ("by_phase: [60000, 60000, 40000]", "by_phase: [1]", "for each of the 3 phases"),
])  # fmt: skip
def test_what_does_not_fit_together_is_told_with_its_line(tmp_path, old, new, said):
    file = tmp_path / "my.yaml"
    ran("new", file, "--kind", "region")
    changed(file, {old: new})
    with pytest.raises(InstanceError, match=said) as raised:
        read_region(file)
    assert f"{file}:" in str(raised.value)


def test_a_station_that_no_siting_knows_is_told_before_anything_is_planned(tmp_path):
    file = tmp_path / "my.yaml"
    ran("new", file, "--kind", "region")
    changed(file, {"{ site-36: lv }": "{ site-360: lv }"})
    with pytest.raises(
        InstanceError, match=r"my.yaml:\d+:\d+: feeders\[0\].stations.site-360: is no site of siting.yaml; did you mean"
    ):
        ran("check", file)


def test_a_city_that_is_not_run_for_the_years_of_phases_is_told(tmp_path):
    file = tmp_path / "my.yaml"
    ran("new", file, "--kind", "region")
    city = (ROOT / "instances" / "city.yaml").read_text()
    assert "years: 10\n" in city
    (tmp_path / "city.yaml").write_text(city.replace("years: 10\n", "years: 3\n"))
    file.write_text(file.read_text() + "city: { file: city.yaml, name: madrid }\n")
    with pytest.raises(InstanceError, match=r"city.file: is run from \d+ to \d+; stations may open from 2027 to 2032"):
        ran("check", file)
    changed(file, {"name: madrid": "name: madird"})
    with pytest.raises(
        InstanceError, match=r"my.yaml:\d+:\d+: city.name: there is no city 'madird' .* did you mean 'madrid'"
    ):
        ran("check", file)


def test_a_context_that_is_not_run_for_the_years_of_phases_is_told(tmp_path):
    file = tmp_path / "my.yaml"
    ran("new", file, "--kind", "region")
    path = tmp_path / "region" / "stations.yaml"
    path.write_text(path.read_text() + "context: { file: city.json }\n")
    years = list(range(2026, 2031))
    said = {"kind": "city-context", "format": 1, "city": "own", "years": years, "kwh_per_session": [25.0] * 5, "mean_age_years": [2.0] * 5,
            "urban_kwh_per_day": [1e5] * 5, "rural_kwh_per_day": [1e4] * 5, "grid_kg_per_kwh": 0.1}  # fmt: skip
    (path.parent / "city.json").write_text(json.dumps(said))
    told = r"my.yaml:\d+:\d+: stations: has a context, city.json, that is run from 2026 to 2030; stations may open from 2027 to 2032"
    with pytest.raises(InstanceError, match=told):
        ran("check", file)


def test_what_stands_is_what_siting_says(planned):
    """Nothing of the plan file's sites stands at stations, and what siting has there does, as the region file names it."""
    _, out, _ = planned
    stations, ports = (
        pd.read_csv(out / name, dtype={"phase": str}) for name in ("stations.csv", "siting/stations.csv")
    )
    for row in stations.to_dict("records"):
        own = read(out / row["run"] / "plan.yaml").instance.sites[0].existing.chargers
        before = ports[(ports["site"] == row["station"]) & (ports["phase"] == row["phase"])].set_index("type")[
            "ports_before"
        ]
        wanted = {
            charger: int(before.get(kind, 0))
            for kind, charger in (("l2", "ac11"), ("l3", "dc150"))
            if before.get(kind, 0)
        }
        assert {name: count for name, count in own.items() if count} == wanted


def test_a_station_that_cannot_be_planned_is_told_and_stops_no_other(tmp_path, capsys):
    """A network that carries nothing: its station has no grid, and all others are planned."""
    file = small(tmp_path)
    assert ran("region", file, "--output", tmp_path / "out") == 0
    name = pd.read_csv(tmp_path / "out" / "stations.csv")["station"][0]
    changed(file, {"{ site-36: lv }": f"{{ {name}: s1-2 }}"})
    changed(tmp_path / "feeder.yaml", {"upgrade: {": "# upgrade: {"})
    capsys.readouterr()
    assert ran("region", file, "--output", tmp_path / "out") == 0
    own = pd.read_csv(tmp_path / "out" / "stations.csv").set_index("station")
    assert own.loc[name, "state"] == "cannot be planned" and own.loc[name, "why"]
    assert own.loc[name, "limit_kw"] == 0
    assert (own.drop(name)["state"] != "cannot be planned").all()
    said = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert said["states"]["cannot be planned"] == 1
    assert np.isfinite(own.drop(name)["npv"]).all()


def test_a_plan_file_that_is_not_sound_is_told_and_stops_no_other(planned, tmp_path, monkeypatch):
    """One file of ours that its reader refuses: its station says why, all others are as they were."""
    file, whole, _ = planned
    shutil.copytree(whole, tmp_path / "out")
    names = pd.read_csv(whole / "stations.csv")["run"].tolist()
    plain_write = run.write_plan

    def spoiled(region, own):
        plain_write(region, own)
        if own.file.parent.name == names[0].rpartition("/")[2]:
            own.file.write_text(own.file.read_text().replace("setting: ", "setting: on the moon, "))

    monkeypatch.setattr(run, "write_plan", spoiled)
    assert ran("region", file, "--output", tmp_path / "out") == 0
    own = pd.read_csv(tmp_path / "out" / "stations.csv")
    assert own["state"][0] == "cannot be planned" and "setting" in own["why"][0] and str(tmp_path) not in own["why"][0]
    assert (own["state"][1:] != "cannot be planned").all()


def test_a_region_of_a_city_on_a_cluster(tmp_path, monkeypatch):
    """Stations share what the city wants, as its own run says; the workers, who are elsewhere, find the same as this machine."""
    pytest.importorskip("distributed", reason="the cluster extra is not installed")
    from clusters import two_workers

    (tmp_path / "own").mkdir()
    file = small(tmp_path / "own")
    city = (ROOT / "instances" / "city.yaml").read_text()
    kept = "\n".join(line for line in city.splitlines() if "- use:" not in line or "madrid" in line)
    kept = kept.replace("- use: madrid", "- {use: madrid, population: 6000}")
    (file.parent / "city.yaml").write_text(
        kept.replace("years: 10\n", "years: 8\n").replace("dispatch: both", "dispatch: rule-based")
    )
    file.write_text(file.read_text() + "city: { file: city.yaml, name: Madrid }  # as people write it\n")
    monkeypatch.chdir(file.parent)
    with two_workers(tmp_path) as (address, _):
        assert ran("region", file.name, "--cluster", address, "--output", "there") == 0
    assert ran("region", file.name, "--output", "here") == 0
    for name in TABLES:
        assert (file.parent / "there" / f"{name}.csv").read_bytes() == (
            file.parent / "here" / f"{name}.csv"
        ).read_bytes()
    said, stations = sealed(file.parent / "there", "region"), pd.read_csv("there/stations.csv", dtype={"phase": str})
    assert all(one["holds"] for one in said["audit"])
    wants = json.loads((file.parent / "there" / "city" / "madrid" / "city.json").read_text())
    areas = pd.read_csv("there/siting/areas.csv", dtype={"phase": str})
    flows = pd.read_csv("there/siting/flows.csv", dtype={"phase": str})
    lies, phase_of = (
        areas.drop_duplicates("area").set_index("area")["setting"],
        {2027: "2027", 2029: "2029", 2032: "2032"},
    )
    for row in stations.to_dict(
        "records"
    ):  # by hand: of what the city wants in each setting, the part that siting sends there
        demand = read(file.parent / "there" / row["run"] / "plan.yaml").instance.sites[0].demand
        for calendar in (row["opens"], 2032, 2040):
            phase, at = phase_of[min(calendar, 2032)], min(calendar - wants["years"][0], len(wants["years"]) - 1)
            wanted = 0.0
            for setting in ("urban", "rural"):
                here = flows[
                    (flows["phase"] == phase) & (flows["site"] == row["station"]) & (flows["area"].map(lies) == setting)
                ]
                there = areas[(areas["phase"] == phase) & (areas["setting"] == setting)]["wanted_kwh_day"].sum()
                wanted += here["kwh_day"].sum() / there * wants[f"{setting}_kwh_per_day"][at]
            comes = demand.sessions_per_day * demand.energy_kwh.mean * demand.level(calendar - row["opens"] + 1)
            assert comes == pytest.approx(wanted, rel=1e-6)
