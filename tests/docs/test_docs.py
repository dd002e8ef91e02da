"""The pages lead where they say, and the kept example is the shipped instance's."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from support import ROOT
from test_expected import EXPECTED

from evplan.instance.read import read
from evplan.report.write import read_run

PAGES = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "docs" / "decisions", ROOT / "reports")
    for path in folder.glob("*.md")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


def test_the_kept_example_is_the_shipped_instance_solved_and_unchanged():
    kept = read_run(ROOT / "reports" / "example")
    assert kept["instance_hash"] == read(ROOT / "instances" / "greensboro.yaml").hash
    assert kept["status"] == "optimal"
    assert kept["objective"] == pytest.approx(EXPECTED["greensboro"], rel=3e-4)


def test_the_formulation_is_what_the_models_say():
    assert subprocess.run([sys.executable, ROOT / "docs" / "build.py", "--check"], check=False).returncode == 0


def test_validation_says_what_is_found_again(monkeypatch):
    """Figures that need no other data; those that do have tests of their own, named on the page."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import validation

    page = validation.rows_of_page()
    found = [one for kind in validation.SHORT for one in kind()]
    assert len(found) >= 10
    for one in found:
        written = page["|".join(one.row.split("|")[1:3])].split("|")
        assert float(written[3].replace(",", "")) == pytest.approx(one.published, rel=1e-5)
        assert float(written[4].replace(",", "")) == pytest.approx(one.ours, rel=2e-3, abs=1e-9)
