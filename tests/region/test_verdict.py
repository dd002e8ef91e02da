"""Sentences on a region, beside the sums they tell."""

from __future__ import annotations

from evplan.region.tables import READY, REFUSED, SUPPORTED, WAITS
from evplan.region.verdict import urban_rural, verdict

ROW = {"setting": "urban", "stations": 3, READY: 1, SUPPORTED: 1, WAITS: 1, REFUSED: 0, "capex": 9e4, "npv_first_year": -5e3, "grants": 7e3,
       "grants_lacking": 2e3, "served_kwh": 5e4, "adds_kwh": 4e4, "lcoc_per_kwh": 0.4}  # fmt: skip
SAID = {
    "stations": 3, "phases": [1, 2], "states": {READY: 1, SUPPORTED: 1, WAITS: 1, REFUSED: 0}, "currency": "EUR", "first_year": 2027,
    "settings": [ROW], "barred": {"stations": 1, "grants": 2e3}, "more_for_all": 0.0,
    "pot": {"favours": "stations", "most_share": 1.0},
}  # fmt: skip


def test_one_is_told_as_one_and_worth_is_of_a_year_and_without_grants():
    told = " ".join((*verdict(SAID), *urban_rural(SAID)))
    for words in (
        "1 pays by itself and 1 with grants of 7,000 EUR together; 1 waits for support",
        "are worth −5,000 EUR in 2027, in its prices and without grants",
        "it lacks 2,000 EUR",
        "2 of 3 stations are built, at 0.400 EUR a kWh at new stations; 1 needs no support, 1 gets 7,000 EUR. 1 waits for 2,000 EUR.",
    ):
        assert words in told, told


def test_several_are_told_as_several():
    row = ROW | {READY: 2, SUPPORTED: 0, WAITS: 4, "stations": 6}
    said = SAID | {"states": {READY: 2, SUPPORTED: 0, WAITS: 4, REFUSED: 0}, "settings": [row], "more_for_all": 3e3}
    told = " ".join((*verdict(said), *urban_rural(said)))
    for words in (
        "2 pay by themselves",
        "4 wait for support",
        "3,000 EUR more in the pot",
        "3 that wait pay",
        "2 need no support, 0 get",
    ):
        assert words in told, told
