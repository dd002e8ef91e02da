"""From the instance file to how sure a plan is to pay: dispatch at other demand, scenarios, scenarios planned anew."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pypdf
import pytest
from support import variant

from evplan.errors import InputError, InstanceError
from evplan.instance.read import read
from evplan.plan import solve
from evplan.report.formats import render_as
from evplan.report.risk import OWNERS, WHOLE
from evplan.show.risk import show_risk, write_risk
from evplan.solution.tables import sold_kwh
from evplan.studies.future_cases import wanting
from evplan.studies.resolved import instance_in
from evplan.studies.risk import solve_risk

RISK = {
    "drivers": {
        "electricity-price": {"shape": "lognormal", "sd": 0.2}, "adoption": {"shape": "triangular", "low": 0.6, "mode": 1.0, "high": 1.5},
        "construction": {"shape": "normal", "sd": 0.1}, "interest": {"shape": "normal", "sd": 0.01},
    },
    "samples": 512, "levels": [0.5, 1.0, 2.0],
}  # fmt: skip
PAIR = [{"between": ["upkeep", "adoption"], "correlation": 0.5}]
TWICE = {"between": ["adoption", "construction"], "correlation": 0.5}
LOAN = {"rate": 0.065, "years": 10, "share": 0.5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("risk")


@pytest.fixture(scope="module")
def file(folder):
    return variant(
        folder, {"risk": RISK, "finance.loan": LOAN, "finance.replacement_saving_years": 10}, name="risk.yaml"
    )


@pytest.fixture(scope="module")
def run(file):
    return solve_risk(file, resolved=2)


def test_a_scenario_as_planned_is_the_plan(run):
    found = run.at_risk.together({"adoption": np.ones(1)})
    assert found.npv[0] == pytest.approx(run.run.appraisal.portfolio.metrics.npv)
    owners = sum(site.owners.npv for site in run.run.appraisal.sites)
    assert found.equity_npv[0] == pytest.approx(owners)


def test_twice_the_demand_sells_more_and_no_more_than_is_wanted(run):
    for response, plan, site in zip(run.at_risk.sites, run.run.plans, run.run.parameters.sites):
        half, planned, twice = response.flows
        assert (
            half.served_kwh.sum() < planned.served_kwh.sum() < twice.served_kwh.sum() < 2.01 * planned.served_kwh.sum()
        )
        assert planned.served_kwh[1] == pytest.approx(sold_kwh(site, plan)[0])
        assert (half.capex == planned.capex).all() and (twice.land == planned.land).all()
        assert half.bill.sum() < planned.bill.sum() < twice.bill.sum()


def test_the_plan_at_another_demand_is_that_demands_plan_with_its_sizes(run, folder):
    # Half the demand, sizes held by what may be built: no plan of those sizes is worth more than the one dispatched.
    plan = run.run.plans[0]
    changes = {
        "sites[gate-city].demand.sessions_per_day": 15, "sites[gate-city].demand.min_served": 0,
        "catalogue.battery.max_kwh": plan.battery_kwh, "catalogue.solar.max_kw": plan.solar_kw,
    }  # fmt: skip
    other = solve(variant(folder, changes, name="half.yaml"))
    assert run.at_risk.sites[0].flows[0].served_kwh[1] >= 0.9 * sold_kwh(other.parameters.sites[0], other.plans[0])[0]


def test_dearer_things_are_worth_less_and_a_dearer_loan_is_the_owners_alone(run):
    base = run.at_risk.together({"adoption": np.ones(1)})
    for driver, value in (("electricity-price", 1.3), ("construction", 1.2), ("adoption", 0.7)):
        assert run.at_risk.together({driver: np.array([value])}).npv[0] < base.npv[0]
    dear = run.at_risk.together({"interest": np.array([0.02])})
    assert dear.npv[0] == pytest.approx(base.npv[0]) and dear.equity_npv[0] < base.equity_npv[0]
    assert run.exposures[WHOLE].first["interest"] == pytest.approx(0.0, abs=1e-6)


def test_what_moves_the_owners_is_told_beside_what_moves_the_project(run):
    whole, owners = run.exposures[WHOLE], run.exposures[OWNERS]
    sites = run.run.appraisal.sites
    assert whole.planned == pytest.approx(
        sum(site.metrics.npv for site in sites)
    )  # the sites' sum, each with its own loan
    assert owners.planned == pytest.approx(sum(site.owners.npv for site in sites), rel=1e-6)
    assert owners.first["interest"] > 1e-4 > abs(whole.first["interest"])
    zero = owners.break_evens["interest"]
    if zero is not None:
        at_zero = run.at_risk.together({"interest": np.array([zero])}).equity_npv[0]
        assert abs(at_zero) < 1e-6 * run.at_risk.built
    for bar in owners.bars:
        at = run.at_risk.together({bar.driver: np.array([bar.low, bar.high])}).equity_npv
        assert [bar.at_low, bar.at_high] == pytest.approx(at.tolist())


def test_scenarios_planned_anew_are_no_worse_than_the_plan_that_stays(run):
    assert len(run.resolved) == 2
    for one in run.resolved:
        assert one.message == ""
        # The urban site owes nothing, so its plan made for the scenario is the best there is, to 1 % (plans maximise the objective).
        assert one.anew["gate-city"] >= one.stays["gate-city"] - 0.01 * abs(one.stays["gate-city"])
        assert one.drawn["gate-city"] == pytest.approx(run.by_site["gate-city"][one.number])


def test_a_scenario_without_change_is_the_file(file):
    found = read(file).instance
    assert instance_in(found, {}) == found.model_copy(
        update={"sites": tuple(wanting(site, 1.0, 0.0) for site in found.sites)}
    )
    dear = instance_in(found, {"electricity-price": 2.0, "construction": 3.0, "interest": 0.01, "charging-price": 1.5})
    tariff, before = (one.tariffs["general-service"] for one in (dear, found))
    assert tariff.energy[0].price_per_kwh == 2 * before.energy[0].price_per_kwh
    assert tariff.demand[0].price_per_kw_month == 2 * before.demand[0].price_per_kw_month
    assert dear.catalogue.chargers[0].cost == 3 * found.catalogue.chargers[0].cost
    assert dear.sites[0].connection.steps[0].cost == 3 * found.sites[0].connection.steps[0].cost
    assert dear.sites[0].price_per_kwh == 1.5 * found.sites[0].price_per_kwh
    assert dear.finance.loan.rate == pytest.approx(0.075)


def test_the_workbook_works_its_statistics_out_of_its_scenarios(run, tmp_path):
    formulas = pytest.importorskip("formulas", reason="needs the oracle extra")
    write_risk(run, tmp_path)
    (path,) = render_as("xlsx", tmp_path)
    found = formulas.ExcelModel().loads(str(path)).finish().calculate()

    def cell(place):
        return float(found[f"'[{path.name}]STATISTICS'!{place}"].value[0, 0])

    for row, outcome in ((3, run.npv), (4, run.equity_npv), (5, run.min_dscr), (6, run.by_site["gate-city"])):
        said = [cell(f"{column}{row}") for column in "BCDEF"]
        assert said == pytest.approx(
            [*np.quantile(outcome, (0.1, 0.5, 0.9)), outcome.mean(), outcome.std(ddof=1)], rel=1e-9
        )
        assert cell(f"G{row}") == pytest.approx((outcome < (1 if row == 5 else 0)).mean(), abs=1e-12)


def test_every_format_says_the_same_twice_and_a_changed_folder_is_refused(run, tmp_path):
    write_risk(run, tmp_path)
    made = {name: render_as(name, tmp_path)[0] for name in ("html", "pdf", "xlsx", "csv", "json")}
    once = {name: path.read_bytes() for name, path in made.items()}
    assert once == {name: render_as(name, tmp_path)[0].read_bytes() for name in made}
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(made["pdf"]).pages)
    page = once["html"].decode()
    for text in (f"{np.quantile(run.npv, 0.1):,.0f} USD".replace("-", "−"), "What moves the owners' net present value"):
        assert text in printed and text.replace("'", "&#39;") in page
    assert len(pd.read_csv(made["csv"])) == 512
    (tmp_path / "scenarios.parquet").write_bytes(b"")
    with pytest.raises(InputError, match="was changed"):
        render_as("pdf", tmp_path)


def test_what_is_written_and_printed(run, tmp_path, capsys):
    write_risk(run, tmp_path)
    table = pd.read_parquet(tmp_path / "scenarios.parquet")
    assert len(table) == 512
    said = json.loads((tmp_path / "summary.json").read_text())
    assert said["spreads"]["net present value"]["p90"] == pytest.approx(table["npv"].quantile(0.1))
    assert table["npv"].to_numpy() == pytest.approx(table["npv_gate-city"] + table["npv_rock-creek"])
    page = (tmp_path / "report.html").read_text()
    assert "reached or exceeded with a probability" in page and page.count("<svg") >= 5
    assert "http" not in page.replace("http://www.w3.org", "")
    show_risk(run, tmp_path)
    printed = capsys.readouterr().out
    assert "P90" in printed and "probability of" in printed


def test_a_file_without_risk_says_what_to_write(folder):
    with pytest.raises(InputError, match=r"risk: \{drivers"):
        solve_risk(variant(folder, {}, name="none.yaml"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"risk": {"drivers": {"adoption": {"shape": "normal"}}}}, r"risk.drivers.adoption: a normal distribution needs sd"),
        ({"risk": {"drivers": {"adoption": {"shape": "uniform", "low": 2.0, "high": 1.0}}}}, "low, high must rise"),
        ({"risk": {"drivers": {"adoption": {"shape": "uniform", "low": 0.5, "high": 1.5, "sd": 1.0}}}}, "sd: means nothing to a uniform"),
        ({"risk": {"drivers": {"interest": {"shape": "normal", "sd": 0.01}}}}, "interest: needs finance.loan"),
        ({"risk": {"drivers": {"upkeep": {"shape": "normal", "sd": 0.1}}, "together": PAIR}}, "adoption is not among risk.drivers"),
        ({"risk": {"drivers": {"adoptoin": {"shape": "normal", "sd": 0.1}}}}, "did you mean 'adoption'"),
        ({"risk": {"drivers": {"adoption": {"shape": "uniform", "low": -2.0, "high": 1.0}}}}, "low: must be greater than 0"),
        ({"risk": {"drivers": RISK["drivers"], "together": [TWICE, TWICE]}, "finance.loan": LOAN}, "is correlated already"),
        ({"risk": {"drivers": {}}}, "drivers: must be a list of at least 1 item"),
    ],
)  # fmt: skip
def test_faults_of_risk_are_named(folder, changes, message):
    with pytest.raises(InstanceError, match=message):
        read(variant(folder, changes, name="bad.yaml"))


def test_what_stands_is_dispatched_at_every_demand_too(folder):
    # Three chargers stand already: at half the demand the plan is worth what it adds to them at half the demand.
    changes = {
        "risk": RISK | {"drivers": {"adoption": RISK["drivers"]["adoption"]}},
        "sites[gate-city].existing": {"chargers": {"dc50": 3}},
    }
    path = variant(folder, changes, name="stands.yaml")
    found = solve_risk(path)
    assert found.run.reconciliations[0]["nothing_new"] != 0
    half = found.at_risk.sites[0].flows[0]
    planned = found.at_risk.sites[0].as_planned
    # It cannot lose more than what was built, with what keeping it takes.
    assert half.net.sum() > -1.5 * planned.capex.sum()
    assert half.served_kwh.sum() >= -1e-6 and half.served_kwh.sum() < planned.served_kwh.sum()


def test_a_scenario_without_a_change_dispatches_the_plan_as_it_is(file):
    idle = {"adoption": {"shape": "uniform", "low": 0.999999, "high": 1.000001}}
    one = solve_risk(
        variant(file.parent, {"risk": RISK | {"drivers": idle, "samples": 64}}, name="idle.yaml"), resolved=1
    ).resolved[0]
    for name, worth in one.stays.items():
        assert worth == pytest.approx(one.drawn[name], rel=2e-3)


def test_samples_and_scenarios_out_of_range_are_refused(file):
    for how, message in (
        ({"samples": 0}, "must be from 64"),
        ({"samples": 10**11}, "must be from 64"),
        ({"resolved": -1}, "at least 0"),
    ):
        with pytest.raises(InputError, match=message):
            solve_risk(file, **how)
