"""Host and operator: what each pays and gets, by hand, and in plans whose objective knows both."""

from __future__ import annotations

import numpy as np
import pytest
from support import TINY, solved

from evplan.assets.tariff import Bill
from evplan.errors import InstanceError
from evplan.finance.cashflow import Running, make_cashflow
from evplan.finance.host import hosted
from evplan.finance.investments import parted
from evplan.finance.worth import npv
from evplan.instance.finance import Finance
from evplan.instance.host import Host
from evplan.parameters.money import schedule
from evplan.report.workbook.write import render_workbook
from evplan.report.write import write

FINANCE = Finance(discount_rate=0.1, target_irr=0.1, tax_rate=0.25, inflation=0.0, depreciation_years=2)
HOST = {"pays": ["connection", "solar"], "discount_rate": 0.05, "tax_rate": 0.0}


def site_with(host: Host, tiny):
    return tiny.read.instance.sites[0].model_copy(update={"host": host})


def test_what_the_host_pays_and_gets_by_hand(tiny):
    # The connection costs 200. The host gets 20 of lease and a tenth of 500 a year, writes off 100 a year, pays 30 % on what is left:
    # no profit is left of 70 - 100 = -30, relief 9: 79 a year. Worth at 5 %: -200 + 79 (1 / 1.05 + 1 / 1.1025) = -53.107.
    site = site_with(Host(pays=("connection",), discount_rate=0.05, tax_rate=0.3), tiny)
    items = {"connection": schedule(200.0, 0.0, 1e3, 2, FINANCE), "dc50": schedule(600.0, 600.0, 2.0, 2, FINANCE)}
    own, _ = parted(site, items)
    running = Running(np.array([1000.0]), np.array([500.0]), (Bill(60, 30, 15, 5),), om=50.0, land=20.0, shared=0.1)
    operators = make_cashflow(running, own.values(), np.ones((2, 1)), FINANCE)
    assert operators.capex[0] == 600.0
    found = hosted(site, items, operators, FINANCE)
    assert found.flow.net == pytest.approx([-200.0, 79.0, 79.0])
    assert found.metrics.npv == pytest.approx(-200 + 79 / 1.05 + 79 / 1.1025)
    assert found.metrics.irr.status == "unique" and found.metrics.irr.value < 0


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    changes = {"sites[gate-city].host": HOST, "sites[gate-city].revenue_share": 0.05}
    return solved(TINY, changes, tmp_path_factory.mktemp("host"))


def test_sizes_are_those_of_one_owner_and_the_parties_add_up_to_it(shared, tmp_path):
    # One owner pays neither lease nor share; what host and operator net together is its net, but for tax on what one pays the other.
    alone = solved(TINY, {"sites[gate-city].land_cost_per_year": 0}, tmp_path)
    assert shared.objective == pytest.approx(alone.objective, rel=1e-6)
    site, whole = shared.appraisal.sites[0], alone.appraisal.sites[0]
    steps = shared.reconciliations[0]
    assert steps["paid_by_host"] > 0 > steps["paid_to_host"] and shared.reconciliations[1]["paid_by_host"] == 0
    assert site.metrics.capex + site.host.metrics.capex == pytest.approx(whole.metrics.capex, rel=1e-6)
    assert site.host_capex == pytest.approx(site.host.metrics.capex)
    before_tax = site.flow.net + site.flow.tax + site.host.flow.net + site.host.flow.tax
    np.testing.assert_allclose(before_tax, whole.flow.net + whole.flow.tax, rtol=1e-5, atol=1.0)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_what_one_pays_the_other_changes_no_size(share, tmp_path):
    everything = {"pays": ["chargers", "connection", "solar", "battery"]}
    run = solved(TINY, {"sites[gate-city].host": everything, "sites[gate-city].revenue_share": share}, tmp_path)
    site = run.appraisal.sites[0]
    assert run.plans[0].chargers["dc50"] == 5 and site.metrics.capex == 0.0 and site.host_capex > 5e5
    assert site.host.together_npv == pytest.approx(npv(site.flow.net + site.host.flow.net, 0.08))


def test_the_workbook_has_the_hosts_side_at_its_own_rates(shared, tmp_path):
    formulas = pytest.importorskip("formulas", reason="needs the oracle extra")
    openpyxl = pytest.importorskip("openpyxl", reason="needs the oracle extra")
    write(shared, tmp_path / "run")
    path, host = render_workbook(tmp_path / "run"), shared.appraisal.sites[0].host
    page = openpyxl.load_workbook(path)["host of gate-city"]
    row = next(cell.row for cell in page["A"] if cell.value == "Net present value")
    found = formulas.ExcelModel().loads(str(path)).finish().calculate()
    assert found[f"'[{path.name}]HOST OF GATE-CITY'!B{row}"].value[0, 0] == pytest.approx(host.metrics.npv, rel=1e-9)


def test_the_host_gets_what_the_operator_gives(shared):
    site = shared.appraisal.sites[0]
    got = site.host.flow.revenue + site.host.flow.other_revenue
    np.testing.assert_allclose(got, site.flow.host_share + site.flow.land)
    np.testing.assert_allclose(site.host.flow.tax, 0.0)
    assert site.host.metrics.npv == pytest.approx(npv(site.host.flow.net, 0.05))
    assert set(site.host.pays) <= {"connection", "solar", "solar, fixed"}


def test_a_host_that_pays_cannot_stand_beside_a_pot(tmp_path):
    changes = {"sites[gate-city].host": HOST, "portfolio": {"subsidy": {"pot": 1e5}}}
    with pytest.raises(InstanceError, match=r"host.pays: cannot stand beside portfolio.subsidy"):
        solved(TINY, changes, tmp_path)
    with pytest.raises(InstanceError, match=r"host.pays: cannot stand beside horizon.stages"):
        solved(
            TINY, {"sites[gate-city].host": HOST, "horizon.stages": [1, 8], "horizon.operating_years": None}, tmp_path
        )
    with pytest.raises(InstanceError, match=r"pays\[1\]: is paid for already \(got 'solar' again\)"):
        solved(TINY, {"sites[gate-city].host": {"pays": ["solar", "solar"]}}, tmp_path)
