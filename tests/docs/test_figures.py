"""Figures that the README and the method give are found again; others have scripts of their own, which the pages name."""

from __future__ import annotations

import re

import pytest
from support import ROOT, solved

README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS = re.compile(r"(?:python )?((?:benchmarks|docs|tests)/[\w/]+\.py)")


@pytest.mark.slow
def test_the_sample_week_at_hours_and_at_quarter_hours(tmp_path):
    said = re.search(r"net present value of ([\d,]+) USD at hourly steps and ([\d,]+) USD at 15 minutes", README)
    hourly, quarterly = (float(number.replace(",", "")) for number in said.groups())
    tiny = ROOT / "instances" / "tiny.yaml"
    for minutes, written in ((60, hourly), (15, quarterly)):
        run = solved(tiny, {"horizon.step_minutes": minutes}, tmp_path)
        assert run.appraisal.portfolio.metrics.npv == pytest.approx(written, rel=2e-3)


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_every_script_that_a_page_names_is_there(page):
    named = set(SCRIPTS.findall(page.read_text(encoding="utf-8")))
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_readmes_comparisons_name_what_measures_them():
    line = next(line for line in README.splitlines() if line.startswith("Where figures can be compared"))
    assert "docs/validation.md" in line and "docs/benchmarks.md" in line
