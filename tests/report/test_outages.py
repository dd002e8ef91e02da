"""What a reader is told of outages: in the summary, on the page, among the assumptions, on the terminal."""

from __future__ import annotations

import json

import pytest
from rich.console import Console
from support import TINY, solved

from evplan.report.write import write
from evplan.show import plan as show

CHANGES = {
    "horizon.operating_years": [1],
    "sites[rock-creek].critical_load": {"charging_fraction": 0.5},
    "outages": {
        "cases": {"storm": {"start": "07-14 17:00", "hours": 5, "per_year": 0.5}}, "value_of_lost_load_per_kwh": 2.0,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return a run with outages at one of two sites, and the folder it was written into."""
    folder = tmp_path_factory.mktemp("outages")
    run = solved(TINY, CHANGES, folder, gap=1e-3)
    write(run, folder / "report")
    return run, folder / "report"


def test_the_summary_tells_each_outage_and_what_a_year_is_expected_to_lose(told):
    run, folder = told
    urban, rural = json.loads((folder / "summary.json").read_text())["sites"]
    assert urban["outages"] is None  # nothing is critical there
    year, storm = rural["outages"]["by_year"]["1"], rural["outages"]["each"][0]
    of = storm["by_year"]["1"]
    assert (storm["name"], storm["start"], storm["hours"], storm["per_year"]) == ("storm", "07-14 17:00", 5.0, 0.5)
    assert of["critical_kwh"] == pytest.approx(of["carried_kwh"] + of["lost_kwh"])
    assert year["lost_kwh"] == pytest.approx(0.5 * of["lost_kwh"])
    assert year["value_lost"] == pytest.approx(2.0 * year["lost_kwh"])
    assert year["carried"] == pytest.approx(of["carried_kwh"] / of["critical_kwh"])
    assert len(year["survival"]) == 24
    assert all(1 >= a >= b >= 0 for a, b in zip(year["survival"], year["survival"][1:], strict=False))
    assert 0 <= of["hours_in_full"] <= 5
    assert of["lost_kwh"] == pytest.approx(float(run.plans[1].outage_lost_kwh[0, 0]), abs=1e-3)


def test_the_page_and_the_assumptions_speak_of_outages_only_where_there_are_any(told, tiny, tmp_path):
    page = (told[1] / "report.html").read_text()
    assert "<h2>Outages of the grid</h2>" in page
    assert "rock-creek, storm" in page
    assert "load lost in outages" in page
    assumed = (told[1] / "assumptions.csv").read_text()
    assert "storm (07-14 17:00, 5 h, 0.5 a year); a kWh lost is worth 2 USD" in assumed
    assert "critical at rock-creek,50% of charging" in assumed
    assert "critical at gate-city,nothing" in assumed
    write(tiny, tmp_path)
    assert "Outages" not in (tmp_path / "report.html").read_text()
    assert "outages" not in (tmp_path / "assumptions.csv").read_text()


def test_the_terminal_says_how_much_of_the_critical_energy_is_carried(told, tiny, tmp_path, monkeypatch):
    for run, said in ((told[0], True), (tiny, False)):
        console = Console(record=True, width=120, highlight=False, markup=False, quiet=False)
        monkeypatch.setattr(show, "console", console)
        show.show_run(run, tmp_path)
        text = console.export_text()
        assert ("critical energy carried" in text) == said
        assert ("whole, through any 4 h" in text) == said
