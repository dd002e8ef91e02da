"""The pages lead where they say, and the kept example is the shipped instance's."""

from __future__ import annotations

import re

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
