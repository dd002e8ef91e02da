"""Programmes give what their rules say, one measure after the other; each sum by hand."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from cashflows import flow_of
from support import ROOT, variant

from evplan.errors import InstanceError
from evplan.finance.owners import terms_of
from evplan.finance.support.gap import margin, needed
from evplan.finance.support.instruments import INSTRUMENTS, Deal
from evplan.finance.support.programme import Bought, supported
from evplan.finance.tax import TaxLaw
from evplan.instance.finance import Finance
from evplan.instance.programme import Programme, programme_names, read_programme
from evplan.instance.read import read
from evplan.plan import solve

FINANCE = Finance(losses="carried-forward")
BOUGHT = Bought(
    ((4, 150.0, 1, 90_000.0, 60_000.0), (2, 22.0, 2, 4_000.0, 3_000.0)),
    connection=140_000.0,
    solar=50_000.0,
    battery=0.0,
)
BUILT = 4 * 150_000 + 2 * 7_000 + 140_000 + 50_000
BANDS = [{"amount": 5000}, {"from_kw": 50, "amount": 40000}]
OPENS = datetime.date(2026, 1, 1)


def deal(margin_per_year: float) -> Deal:
    """Return a station that costs what `BOUGHT` does and leaves so much a year."""
    k = np.arange(16)
    flow = flow_of(
        TaxLaw(0.25, True), capex=np.where(k == 0, float(BUILT), 0.0), served_kwh=np.where(k > 0, 2e5, 0.0),
        revenue=np.where(k > 0, margin_per_year + 5e4, 0.0), energy=np.where(k > 0, 5e4, 0.0),
        depreciation=np.where((k > 0) & (k <= 10), BUILT / 10, 0.0),
    )  # fmt: skip
    return Deal(flow, terms_of(FINANCE), FINANCE)


POOR = deal(60_000.0)


def apply(measures, setting="rural", own=POOR, begins=OPENS, rate=1.0, **category):
    said = {
        "kind": "programme", "title": "T", "country": "XX", "currency": "USD", "dated": "2026-01-01", "source": "s",
        "categories": {"all": {"about": "a", "measures": measures, **category}}, "ends": "2026-12-31",
    }  # fmt: skip
    return supported(own, BOUGHT, setting, Programme.model_validate(said), None, rate, begins, 0.05)


@pytest.mark.parametrize(
    ("measure", "amount"),
    [
        ({"share": 0.5}, 0.5 * BUILT),
        ({"share": 0.8, "of": ["hardware"]}, 0.8 * (4 * 90_000 + 2 * 4_000)),
        ({"share": 0.8, "of": ["installation", "connection"]}, 0.8 * (4 * 60_000 + 2 * 3_000 + 140_000)),
        ({"share": 0.5, "min_kw": 50}, 0.5 * (BUILT - 2 * 7_000)),
        # Benchmarks of 40,000 from 50 kW and 5,000 below cut what counts of a charger: 4 x 40,000 + 2 x 5,000.
        ({"share": 0.7, "of": ["hardware", "installation"], "benchmark": BANDS}, 0.7 * 170_000),
        # Installation and connection together, 4 x 60,000 + 2 x 3,000 + 140,000, up to 4 x 40,000 + 2 x 5,000.
        ({"share": 0.8, "of": ["installation", "connection"], "benchmark": BANDS}, 0.8 * 170_000),
        ({"amounts": [{"from_kw": 150, "amount": 30000}]}, 4 * 30_000),
        ({"share": 0.3, "of": ["hardware", "installation"], "most_per_charger": 20000}, 4 * 20_000 + 2 * 0.3 * 7_000),
        ({"share": 0.5, "most": 100_000}, 100_000),
    ],
)  # fmt: skip
def test_what_the_rules_give_by_hand(measure, amount):
    found = apply([{"name": "m", **measure}])
    assert found.given[0].amount == pytest.approx(amount)
    assert found.given[0].public_cost == pytest.approx(amount)
    assert found.deal.flow.grant[0] == pytest.approx(amount)


def test_a_tax_credit_is_paid_a_year_later_and_lowers_what_is_depreciated():
    found = apply([{"name": "m", "instrument": "tax-credit", "share": 0.3, "basis_reduction": 1.0}])
    assert found.deal.flow.tax_credit[1] == pytest.approx(0.3 * BUILT)
    assert found.deal.flow.depreciation.sum() == pytest.approx(0.7 * BUILT)
    assert found.public_cost == pytest.approx(0.3 * BUILT / 1.05)


def test_a_gap_is_filled_first_from_one_pocket_then_from_the_next():
    missing = needed(POOR, INSTRUMENTS["grant"], "irr")
    small = 0.6 * missing / BUILT
    found = apply(
        [{"name": "centre", "share": small, "fills_gap": True}, {"name": "state", "share": 0.9, "fills_gap": True}]
    )
    first, second = (one.amount for one in found.given)
    assert first == pytest.approx(0.6 * missing)
    assert first + second == pytest.approx(missing)
    assert found.closed and found.still_missing == pytest.approx(0.0, abs=1e-3)
    assert margin(found.deal, "irr") == pytest.approx(0.0, abs=1e-6 * BUILT)


def test_what_is_still_missing_is_told():
    found = apply([{"name": "m", "share": 0.1}])
    assert not found.closed
    assert found.still_missing == pytest.approx(needed(POOR, INSTRUMENTS["grant"], "irr") - 0.1 * BUILT, rel=1e-6)


def test_a_site_that_needs_nothing_gets_nothing_of_what_fills_gaps():
    assert apply([{"name": "m", "share": 0.5, "fills_gap": True}], own=deal(400_000.0)).given[0].amount == 0.0


@pytest.mark.parametrize(
    ("category", "how", "why"),
    [
        ({"min_ports": 5, "min_port_kw": 150}, {}, "5 ports of 150 kW; the plan has 4"),
        ({"settings": ["urban"]}, {}, "rural sites are not eligible"),
        ({}, {"begins": datetime.date(2027, 1, 1)}, "must operate by 2026-12-31; this begins on 2027-01-01"),
    ],
)
def test_who_is_not_eligible_is_told_why(category, how, why):
    found = apply([{"name": "m", "share": 0.5}], **how, **category)
    assert found.given[0].amount == 0.0 and why in found.given[0].why
    assert found.deal is POOR


def test_amounts_come_over_in_the_files_currency():
    assert apply([{"name": "m", "share": 0.5, "most": 100_000}], rate=0.012).given[0].amount == pytest.approx(1200.0)


@pytest.mark.parametrize("name", programme_names())
def test_every_shipped_programme_is_sound_dated_and_sourced(name):
    found = read_programme(name, ROOT)
    assert found.dated >= datetime.date(2026, 1, 1) and len(found.source) > 20


def test_faults_of_programmes_are_named_where_they_stand(tmp_path):
    key = "sites[rock-creek].programmes"
    for said, message in (
        ([{"name": "us-nevy", "category": "corridor"}], r"there is no programme 'us-nevy'; did you mean 'us-nevi'"),
        ([{"name": "india-vgf", "category": "economic"}], "is in INR, this file in USD"),
        ([{"name": "us-nevi"}], "category: is missing; it has corridor, elsewhere"),
        ([{"name": "us-nevi", "category": "corridr"}], "did you mean 'corridor'"),
        ([{"name": "mine.yaml"}], "no such file"),
    ):
        with pytest.raises(InstanceError, match=message):
            read(variant(tmp_path, {key: said}, name="p.yaml"))


def test_a_programme_of_ones_own_beside_the_file(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "kind: programme\ntitle: Our county\ncountry: US\ncurrency: USD\ndated: 2026-11-01\nsource: county board\n"
        "categories: {all: {about: everybody, measures: [{name: half, share: 0.5}]}}\n"
    )
    run = solve(variant(tmp_path, {"sites[rock-creek].programmes": [{"name": "mine.yaml"}]}, name="own.yaml"))
    found = run.appraisal.sites[1].programmes[0]
    assert found.given[0].amount == pytest.approx(0.5 * run.appraisal.sites[1].metrics.capex)
    (tmp_path / "mine.yaml").write_text("kind: programme\ntitle: Our county\n")
    read_programme.__globals__["_read"].cache_clear()
    with pytest.raises(InstanceError, match=r"mine.yaml:1:1: country: is missing"):
        read(variant(tmp_path, {"sites[rock-creek].programmes": [{"name": "mine.yaml"}]}, name="bad.yaml"))


def test_a_premium_is_paid_for_its_years_and_no_more_than_is_missing():
    said = {
        "kind": "programme", "title": "T", "country": "XX", "currency": "USD", "dated": "2026-01-01", "source": "s", "years": 3,
        "categories": {"all": {"about": "a", "measures": [{"name": "m", "instrument": "premium", "per_kwh": 0.05}]}},
    }  # fmt: skip
    found = supported(POOR, BOUGHT, "rural", Programme.model_validate(said), None, 1.0, OPENS, 0.05)
    paid = found.deal.flow.premium
    assert paid[1:4] == pytest.approx([0.05 * 2e5 * 1.02**k for k in range(3)]) and not paid[4:].any()
    assert found.public_cost == pytest.approx(sum(paid[k] / 1.05**k for k in range(1, 4)))
    rich = deal(400_000.0)
    assert (
        apply([{"name": "m", "instrument": "premium", "per_kwh": 0.05, "fills_gap": True}], own=rich).given[0].amount
        == 0.0
    )


def test_all_support_together_pays_no_more_than_what_is_built():
    found = apply(
        [
            {"name": "a", "share": 0.8},
            {"name": "b", "share": 0.5},
            {"name": "c", "instrument": "tax-credit", "share": 0.3},
        ]
    )
    assert [one.amount for one in found.given] == pytest.approx([0.8 * BUILT, 0.2 * BUILT, 0.0])


CHARGERS = ["hardware", "installation"]


def test_a_tax_credit_counts_what_grants_left_of_the_same_things_whatever_the_order():
    # 80 % of the chargers' 614,000 is granted; a credit of 30 % on them counts the 122,800 that are left, and on the connection all of it.
    measures = [
        {"name": "grant", "share": 0.8, "of": CHARGERS},
        {"name": "credit", "instrument": "tax-credit", "share": 0.3, "of": [*CHARGERS, "connection"]},
    ]
    one, other = apply(measures), apply(measures[::-1])
    chargers = 4 * 150_000 + 2 * 7_000
    expected = {"grant": 0.8 * chargers, "credit": 0.3 * (0.2 * chargers + 140_000)}
    assert {given.measure: given.amount for given in one.given} == pytest.approx(expected)
    assert {given.measure: given.amount for given in other.given} == pytest.approx(expected)
    np.testing.assert_allclose(one.deal.flow.net, other.deal.flow.net)
    flow = one.deal.flow
    assert flow.tax_credit[1] == pytest.approx(expected["credit"]) and flow.grant[0] == pytest.approx(expected["grant"])
    lowered = expected["grant"] + 0.5 * expected["credit"]  # of what may be depreciated
    assert flow.depreciation.sum() == pytest.approx(BUILT - lowered)


def test_programmes_of_a_site_give_the_same_in_any_order(tmp_path):
    both = [{"name": "us-nevi", "category": "elsewhere"}, {"name": "us-30c", "category": "full-rate"}]
    dated = {"horizon.start": "2026-01-01"}
    found = [
        solve(variant(tmp_path, dated | {"sites[rock-creek].programmes": asked}, name=f"o{k}.yaml")).appraisal.sites[1].programmes
        for k, asked in enumerate((both, both[::-1]))
    ]  # fmt: skip
    for one, other in zip(*found, strict=True):
        assert one.title == other.title and [g.amount for g in one.given] == pytest.approx(
            [g.amount for g in other.given]
        )
    last = found[0][-1].deal.flow
    grant, credit = (
        sum(g.amount for p in found[0] for g in p.given if g.instrument == kind) for kind in ("grant", "tax-credit")
    )
    assert last.grant.sum() == pytest.approx(grant) and last.tax_credit.sum() == pytest.approx(credit)
    assert grant + credit < last.capex[0]


def test_two_grants_for_one_thing_pay_no_more_than_it_costs():
    measures = [{"name": "a", "share": 0.8, "of": CHARGERS}, {"name": "b", "share": 0.5, "of": CHARGERS}]
    assert sum(given.amount for given in apply(measures).given) == pytest.approx(4 * 150_000 + 2 * 7_000)


def test_a_measure_that_gives_nothing_says_why():
    idle, full = apply([{"name": "b", "share": 0.5, "of": ["battery"]}]), deal(400_000.0)
    assert idle.given[0].why == "nothing that it counts is built"
    assert apply([{"name": "g", "share": 0.5, "fills_gap": True}], own=full).given[0].why == "nothing is missing"


def test_amounts_are_per_port():
    two_ports = Bought(((1, 300.0, 2, 90_000.0, 60_000.0),), 0.0, 0.0, 0.0)
    said = Programme.model_validate({
        "kind": "programme", "title": "T", "country": "XX", "currency": "USD", "dated": "2026-01-01", "source": "s",
        "categories": {"all": {"about": "a", "measures": [{"name": "m", "amounts": [{"from_kw": 150, "amount": 20000}]}]}},
    })  # fmt: skip
    assert supported(POOR, two_ports, "rural", said, None, 1.0, OPENS, 0.05).given[0].amount == pytest.approx(40_000.0)


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        ("{name: m}", "needs one of share, amounts and per_kwh"),
        ("{name: m, share: 0.3, per_kwh: 0.1}", "got share and per_kwh"),
        ("{name: m, instrument: premium, share: 0.3}", "goes with instrument: premium"),
        ("{name: m, per_kwh: 0.1}", "goes with instrument: premium"),
        ("{name: m, instrument: premium, per_kwh: 0.1, most: 10}", "a premium has none"),
        ("{name: m, share: 0.5, benchmark: [{amount: 5}], most_per_charger: 10}", "cannot limit a connection"),
    ],
)
def test_measures_that_say_nothing_or_two_things_are_faults_of_their_file(tmp_path, measure, message):
    (tmp_path / "mine.yaml").write_text(
        "kind: programme\ntitle: T\ncountry: US\ncurrency: USD\ndated: 2026-11-01\nsource: county board\n"
        f"categories: {{all: {{about: everybody, measures: [{measure}]}}}}\n"
    )
    read_programme.__globals__["_read"].cache_clear()
    with pytest.raises(InstanceError, match=message):
        read(variant(tmp_path, {"sites[rock-creek].programmes": [{"name": "mine.yaml"}]}, name="p.yaml"))


def test_a_programme_is_asked_for_once(tmp_path):
    twice = [{"name": "us-nevi", "category": "elsewhere"}] * 2
    with pytest.raises(InstanceError, match="is asked for already"):
        read(variant(tmp_path, {"sites[rock-creek].programmes": twice}, name="p.yaml"))
