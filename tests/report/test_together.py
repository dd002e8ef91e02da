"""Several runs on one page: what each builds and comes to, or why they cannot stand side by side."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pandas as pd
import pypdf
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
    changed = shutil.copytree(runs[1], tmp_path / "changed")
    (changed / "sizes.csv").write_text("nothing\n")
    with pytest.raises(InputError, match="was changed"):
        render_all([runs[0], changed], ["html"], tmp_path / "out")


def test_print_workbook_and_table_say_the_same(runs, tmp_path):
    printed, book, records, table = render_all(runs, ["pdf", "xlsx", "json", "csv"], tmp_path / "out")
    said = [read_run(folder)["portfolio"] for folder in runs]
    text = "".join(page.extract_text() for page in pypdf.PdfReader(printed).pages)
    for one in said:
        assert f"{one['npv']:,.0f} USD".replace("-", "−") in text
    openpyxl = pytest.importorskip("openpyxl", reason="needs the oracle extra")
    page = openpyxl.load_workbook(book)["Portfolio"]
    heads = {cell.value: cell.column for cell in page[1]}
    assert [page.cell(row, heads["npv"]).value for row in (2, 3)] == pytest.approx([one["npv"] for one in said])
    assert page.cell(3, heads["npv, less the first run's"]).value == "=C3-C$2"
    kept = json.loads(records.read_text())
    assert [row["npv"] for row in kept if row["site"] == "portfolio"] == pytest.approx([one["npv"] for one in said])
    assert table.name == "comparison.csv"


def test_from_the_command_line(runs, tmp_path):
    command = [sys.executable, "-m", "evplan", "report", *map(str, runs), "--output", str(tmp_path / "page")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "page" / "comparison.html").is_file()
