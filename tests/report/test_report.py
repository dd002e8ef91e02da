"""The run folder: the stable summary, tables that add up, a page that asks nothing of the network."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from support import TINY, solved

import evplan
from evplan.errors import InputError
from evplan.report.investment import render
from evplan.report.words import verdict
from evplan.report.write import write

KEYS = {
    "instance",
    "instance_hash",
    "evplan_version",
    "status",
    "objective",
    "bound",
    "gap",
    "seconds",
    "solver",
    "checker",
    "sites",
    "portfolio",
}
SITE_KEYS = {
    "name", "setting", "chargers", "pv_kw", "battery_kwh", "battery_kw", "connection_kw", "energy_served_kwh",
    "energy_turned_away_kwh", "bill", "npv", "irr", "irr_status", "payback_years", "lcoc_per_kwh", "viability_gap",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    evplan.report(tiny, path)
    return path


@pytest.fixture(scope="module")
def summary(folder):
    return json.loads((folder / "summary.json").read_text())


def test_the_summary_keeps_its_stable_keys(summary):
    assert set(summary) >= KEYS
    assert set(summary["seconds"]) >= {"prepare", "build", "compile", "solve", "check", "total"}
    assert set(summary["checker"]) >= {"passed", "worst_residual"}
    for site in summary["sites"]:
        assert set(site) >= SITE_KEYS
        assert set(site["viability_gap"]) >= {"grant", "grant_fraction_of_capex", "per_kwh"}
    assert set(summary["portfolio"]) >= {"capex", "npv", "irr", "viability_gap"}


def test_the_summary_says_what_the_plan_is(summary, tiny):
    assert summary["checker"]["passed"] is True
    assert summary["status"] == "optimal"
    assert summary["gap"] == pytest.approx(
        (summary["bound"] - summary["objective"]) / abs(summary["objective"]), abs=1e-9
    )
    for said, plan in zip(summary["sites"], tiny.plans, strict=True):
        assert said["chargers"] == plan.chargers
        assert said["energy_served_kwh"] == pytest.approx(
            plan.served_total_kw[0] @ tiny.parameters.sites[0].clock.year_h
        )


def test_dispatch_balances_step_by_step_in_the_file(folder, tiny):
    table = pd.read_parquet(folder / "dispatch.parquet")
    served = (
        table[[c for c in table if c.startswith("served_")]].fillna(0).sum(axis=1) / 0.94
    )  # the schema's default efficiency
    balance = (
        table["import_kw"]
        + table["solar_used_kw"]
        + table["discharge_kw"]
        - table["charge_kw"]
        - table["export_kw"]
        - served
    )
    assert balance.abs().max() < 1e-5
    assert len(table) == 2 * 2 * 168


def test_cash_flows_add_up_to_the_portfolio(folder):
    table = pd.read_csv(folder / "cashflow.csv")
    sites = table[table["level"] == "site"].groupby("year")["net"].sum()
    whole = table[table["level"] == "portfolio"].set_index("year")["net"]
    assert sites.to_numpy() == pytest.approx(whole.to_numpy())


def test_bills_in_the_file_are_the_bills_in_the_summary(folder, summary):
    bills = pd.read_csv(folder / "bills.csv").set_index(["site", "operating_year"])
    for site in summary["sites"]:
        assert bills.loc[(site["name"], 1), "total"] == pytest.approx(site["bill"]["total"])


def test_billed_peaks_add_up_to_the_demand_charges(folder):
    peaks = pd.read_csv(folder / "peaks.csv")
    yearly = (peaks["charge"] * peaks["months_like_it"]).groupby([peaks["site"], peaks["operating_year"]]).sum()
    bills = pd.read_csv(folder / "bills.csv").set_index(["site", "operating_year"])["demand"]
    assert yearly.to_dict() == pytest.approx(bills.to_dict())


def test_the_page_asks_nothing_of_the_network(folder):
    page = (folder / "report.html").read_text()
    fetching = re.findall(r"""(?:src|href)\s*=\s*["'](?!#)[^"']*|url\((?!#)[^)]*|@import|<script|<link""", page)
    assert fetching == []


def test_the_page_opens_with_the_verdict_and_holds_every_part(folder, summary):
    page = (folder / "report.html").read_text()
    assert page.index('class="verdict') < page.index("<h2>")
    for part in (
        "Cash flow",
        "Typical weeks",
        "Urban and rural",
        "Viability gap",
        "Assumptions and sources",
        "Can it be trusted",
        "gap",
    ):
        assert part in page
    for site in summary["sites"]:
        assert site["name"] in page
    assert page.count("<svg") >= 4


def test_a_report_can_be_made_again_and_is_the_same(folder):
    before = (folder / "report.html").read_text()
    render(folder)
    assert (folder / "report.html").read_text() == before


def test_a_folder_that_was_changed_is_refused(folder, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "bills.csv").write_text("site,total\n")
    with pytest.raises(InputError, match="changed since the plan was checked"):
        render(copy)
    with pytest.raises(InputError, match="no summary"):
        render(tmp_path)
    shutil.rmtree(copy)
    shutil.copytree(folder, copy)
    said = (copy / "summary.json").read_text()
    (copy / "summary.json").write_text(said.replace('"objective": ', '"objective": 9', 1))
    with pytest.raises(InputError, match="changed since the plan was checked"):
        render(copy)


def test_text_from_the_instance_cannot_become_markup(tiny, tmp_path):
    from dataclasses import replace

    instance = tiny.read.instance.model_copy(update={"title": "<script>alert(1)</script>"})
    evplan.report(replace(tiny, read=replace(tiny.read, instance=instance)), tmp_path)
    assert "<script>alert" not in (tmp_path / "report.html").read_text()


def test_the_verdict_says_what_support_is_needed():
    figures = {"capex": 100.0, "npv": -5.0, "irr": 0.02, "irr_status": "unique"}
    gap = {"grant": 50.0, "grant_fraction_of_capex": 0.5, "per_kwh": 0.125}
    said = verdict({**figures, "viability_gap": gap}, 0.1, "EUR")
    assert "50 EUR" in said
    assert "50 % of construction" in said
    assert "0.125 EUR" in said
    assert "does not pay by itself" in said
    earns = verdict({**figures, "npv": 5.0, "viability_gap": gap}, 0.1, "EUR")
    assert "earns a net present value of 5 EUR but falls short" in earns
    assert "Nothing is built" in verdict({**figures, "capex": 0.0, "viability_gap": gap}, 0.1, "EUR")
    assert "no capital grant" in verdict({**figures, "viability_gap": {**gap, "grant": None}}, 0.1, "EUR")
    assert "exceeds construction" in verdict(
        {**figures, "viability_gap": {**gap, "grant_fraction_of_capex": 1.2}}, 0.1, "EUR"
    )


def test_a_wrong_first_guess_of_the_use_ends_in_the_same_battery_life(tiny, tmp_path):
    run = solved(TINY, {"catalogue.battery.cycles_per_day": 3.0, "catalogue.battery.c_rate": 0.9}, tmp_path)
    for guessed, usual in zip(run.lives, tiny.lives, strict=True):
        assert guessed.settled
        assert guessed.resimulated_years == pytest.approx(usual.resimulated_years, rel=0.05)


def test_the_report_says_what_heat_does_to_the_battery(tiny, tmp_path):
    hot = solved(TINY, {"weather.warmer_by_k": 15.0}, tmp_path)
    for run, folder in ((tiny, tmp_path / "mild"), (hot, tmp_path / "hot")):
        write(run, folder)
    mild_page, hot_page = ((tmp_path / name / "report.html").read_text() for name in ("mild", "hot"))
    speed = r"fades ([\d.]+) times as fast with time as\s+one held at 25 °C; cells 5 K cooler would last ([\d.]+) years (\w+)"
    (slow, *_), (fast, _, shift) = (re.search(speed, page).groups() for page in (mild_page, hot_page))
    assert float(fast) > 1.5 * float(slow)
    assert shift == "longer"
    for was, is_now, plan, other in zip(tiny.lives, hot.lives, tiny.plans, hot.plans, strict=True):
        assert is_now.resimulated_years < 0.9 * was.resimulated_years
        assert is_now.mean_cell_c == pytest.approx(was.mean_cell_c + 15.0, abs=1.0)
        assert abs(other.battery_kwh - plan.battery_kwh) > 0.01 * plan.battery_kwh
