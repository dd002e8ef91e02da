"""One run, many formats: each made from the checked files, small, the same every time, and asking nothing of the network."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time

import pytest
from pypdf import PdfReader
from support import ROOT

from evplan.errors import InputError
from evplan.report.formats import render_as
from evplan.report.pdf import render_pdf

MOST_HTML, LONGEST_S = 300_000, 1.0


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the kept example."""
    return shutil.copytree(ROOT / "reports" / "example", tmp_path / "run")


def test_the_page_is_small_and_asks_for_nothing_outside(folder):
    page = render_as("html", folder)[0].read_text()
    assert len(page.encode()) <= MOST_HTML
    outside = re.findall(r"""(?:src|href)=["'](?!#)([^"']+)|url\\(([^)]+)\\)|@import""", page)
    assert [one for pair in outside for one in pair if one and not one.startswith(("#", "data:"))] == []
    assert "<title>year 1: " in page  # what a bar shows under the pointer


@pytest.mark.parametrize("name", ["html", "pdf", "xlsx"])
def test_two_renderings_are_the_same_file(folder, name):
    first = render_as(name, folder)[0].read_bytes()
    time.sleep(1.1)  # a clock in the file would show
    assert render_as(name, folder)[0].read_bytes() == first


def test_the_printed_report_is_set_within_a_second_without_the_network(folder):
    code = (
        "import socket, sys, time\n"
        "def refuse(*given): raise OSError('no network here')\n"
        "socket.socket.connect = refuse\n"
        "from pathlib import Path\n"
        "from evplan.report.pdf import render_pdf\n"
        "import matplotlib.figure, pandas, typst\n"
        "taken = []\n"
        "for _ in range(3):\n"
        "    begun = time.perf_counter()\n"
        "    render_pdf(Path(sys.argv[1]))\n"
        "    taken.append(time.perf_counter() - begun)\n"
        "print(min(taken))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) <= LONGEST_S


def test_the_printed_report_says_what_the_summary_says(folder):
    pdf = render_pdf(folder).read_bytes()
    assert pdf.startswith(b"%PDF-") and len(pdf) > 50_000
    said = json.loads((folder / "summary.json").read_text())
    printed = "\n".join(page.extract_text() for page in PdfReader(folder / "report.pdf").pages)
    assert f"{said['portfolio']['npv']:,.0f} USD" in printed
    for heading in (
        "What to build",
        "Does it pay?",
        "Cash flow of the portfolio",
        "Assumptions and sources",
        "Can it be trusted?",
    ):
        assert heading in printed


def test_tables_and_summary_are_named(folder):
    assert [path.name for path in render_as("csv", folder)] == [
        "cashflow.csv",
        "streams.csv",
        "bills.csv",
        "peaks.csv",
        "sizes.csv",
        "assumptions.csv",
        "inputs.csv",
    ]
    assert [path.name for path in render_as("json", folder)] == ["summary.json"]


@pytest.mark.parametrize("name", ["html", "pdf", "xlsx", "csv", "json"])
def test_a_run_that_was_changed_is_refused_in_every_format(folder, name):
    table = folder / "cashflow.csv"
    table.write_text(table.read_text().replace("net", "nett", 1))
    with pytest.raises(InputError, match="was changed since the plan was checked"):
        render_as(name, folder)


def test_several_formats_at_once_from_the_command_line(folder):
    done = subprocess.run(
        [sys.executable, "-m", "evplan", "report", str(folder), "--format", "html", "pdf", "xlsx"], capture_output=True, text=True, cwd=ROOT
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line.rsplit(".", 1)[1] for line in done.stdout.split()] == ["html", "pdf", "xlsx"]
    wrong = subprocess.run(
        [sys.executable, "-m", "evplan", "report", str(folder), "--format", "doc"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert wrong.returncode == 2 and "Traceback" not in wrong.stderr
