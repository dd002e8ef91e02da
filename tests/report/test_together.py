"""Several runs on one page: what each builds and comes to, or why they cannot stand side by side."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pandas as pd
import pytest
from support import ROOT, solved, variant

from evplan.errors import InputError
from evplan.report.formats import render_all
from evplan.report.write import read_run, write

EXAMPLE = ROOT / "reports" / "example"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return the folders of two runs of the small instance, with a battery and without."""
    folder = tmp_path_factory.mktemp("runs")
    found = []
    for name, changes in (("with", {}), ("without", {"catalogue.battery": None})):
        write(solved(variant(folder, changes, name=f"{name}.yaml")), folder / name)
        found.append(folder / name)
    return found


def test_what_stands_in_the_page_is_what_the_runs_say(runs, tmp_path):
    page, table = render_all([*runs, EXAMPLE], ["html"], tmp_path / "out")
    text, rows = page.read_text(), pd.read_csv(table)
    for name, folder in zip(("with", "without", "example"), (*runs, EXAMPLE)):
        said = read_run(folder)
        own = rows[(rows["run"] == name) & (rows["site"] == "portfolio")].iloc[0]
        assert own["npv"] == pytest.approx(said["portfolio"]["npv"])
        assert f"{said['portfolio']['npv']:,.0f} USD" in text
        assert len(rows[rows["run"] == name]) == len(said["sites"]) + 1
    assert "<title>with: construction " in text and "http" not in text.replace("http://www.w3.org", "")


def test_runs_that_cannot_stand_side_by_side_say_why(runs, tmp_path):
    with pytest.raises(InputError, match="2 to 12 run folders"):
        render_all([runs[0]], ["html"], tmp_path / "out")
    with pytest.raises(InputError, match="named twice"):
        render_all([runs[0], runs[0]], ["html"], tmp_path / "out")
    with pytest.raises(InputError, match="come as html and csv"):
        render_all(runs, ["pdf"], tmp_path / "out")
    changed = shutil.copytree(runs[1], tmp_path / "changed")
    (changed / "sizes.csv").write_text("nothing\n")
    with pytest.raises(InputError, match="was changed"):
        render_all([runs[0], changed], ["html"], tmp_path / "out")


def test_from_the_command_line(runs, tmp_path):
    command = [sys.executable, "-m", "evplan", "report", *map(str, runs), "--output", str(tmp_path / "page")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "page" / "comparison.html").is_file()
