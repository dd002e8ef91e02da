"""Names out of strangers' data: what is written of them runs nothing, in a browser or in a spreadsheet, and breaks no figure."""

from __future__ import annotations

import csv
import html.parser
import json
import os
from pathlib import Path

import pandas as pd
import pytest
from support import ROOT, TINY, ran, tree

from evplan.csvs import as_said, as_text, read_csv, write_csv
from evplan.errors import InputError
from evplan.instance.columns import Wrong
from evplan.report.formats import render_all
from evplan.schedule.forms import cells_of_file
from evplan.schedule.names import SessionColumns

WORDS = [
    '"><img src=x onerror=alert(1)>', "</script><script>alert(1)</script>", "=cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "+1+1",
    "$\\frac{ x", "$x^{$", "'=1+1", "{{ 7 * 7 }}", "<b>bold</b> & more", "\u202egnp.exe", "-5", "a,b", "#let x = 1",
]  # fmt: skip
TITLE = " ".join([WORDS[0], WORDS[1], WORDS[6], WORDS[10]])


class Page(html.parser.HTMLParser):
    """What a browser would make of a page: its elements, and the scripts that it would run."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self._script = False

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        self._script = tag == "script" and said.get("type") != "application/json"
        if tag == "img" and said.get("src") == "x":
            self.bad.append(self.get_starttag_text() or tag)
        self.bad += [
            f"{name}={value}" for name, value in said.items() if name.startswith("on") and "alert" in str(value)
        ]

    def handle_data(self, data):
        if self._script and data.strip() == "alert(1)":
            self.bad.append(data)


def runs_in(folder: Path) -> list[str]:
    """Return what a browser or a spreadsheet would run of the files of a folder."""
    found = []
    for path in folder.rglob("*.html"):
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {bad}" for bad in page.bad]
    for path in folder.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            cells = {cell for row in csv.reader(handle) for cell in row}
        found += [f"{path.name}: {cell}" for cell in cells if cell[:1] in "=+-@\t\r" and cell and not _is_number(cell)]
    for path in folder.rglob("*.xlsx"):
        found += [f"{path.name}: {cell}" for cell in _formulas(path) if "cmd" in cell or "SUM(1)" in cell]
    return found


def _is_number(cell: str) -> bool:
    try:
        return bool(float(cell) or True)
    except ValueError:
        return False


def _formulas(path: Path) -> list[str]:
    import openpyxl

    sheets = openpyxl.load_workbook(path).worksheets
    return [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_what_would_run_is_found(tmp_path):
    (tmp_path / "page.html").write_text(f'<p title="{WORDS[0]}">{WORDS[1]}</p>')
    pd.DataFrame({"name": WORDS[2:4]}).to_csv(tmp_path / "table.csv", index=False)
    assert len(runs_in(tmp_path)) == 5  # an image, what it does, a script; two formulas


@pytest.mark.parametrize("word", WORDS)
def test_a_text_comes_back_from_a_table_as_it_was(word, tmp_path):
    write_csv(tmp_path / "table.csv", pd.DataFrame({word: [word, "plain"], "kw": [-1.5, 2.0]}))
    assert runs_in(tmp_path) == []
    assert read_csv(tmp_path / "table.csv", dtype={word: str}).to_dict("list") == {
        word: [word, "plain"],
        "kw": [-1.5, 2.0],
    }


def test_numbers_go_out_as_they_are():
    assert [as_text(cell) for cell in ("-5", "+1e-3", -5.0, None)] == ["-5", "+1e-3", -5.0, None]
    assert as_said("'tis") == "'tis"


def test_a_plan(tmp_path):
    said = tree(TINY, {"title": TITLE})
    said["catalogue"].pop("battery", None)
    (tmp_path / "plan.yaml").write_text(json.dumps(said, default=str))
    assert ran("solve", tmp_path / "plan.yaml", "--output", tmp_path / "out") == 0
    render_all([tmp_path / "out"], ["html", "pdf", "xlsx"], None)
    assert TITLE in json.loads((tmp_path / "out" / "summary.json").read_text())["title"]
    assert runs_in(tmp_path / "out") == []


def test_a_siting_study(tmp_path):
    at = pd.DataFrame({"name": WORDS, "lat": [48 + 0.01 * i for i in range(len(WORDS))], "lon": 9.0})
    at.assign(evs=10.0, group=WORDS).to_csv(tmp_path / "areas.csv", index=False)
    at.to_csv(tmp_path / "candidates.csv", index=False)
    own = {"name": "l2", "power_kw": 10, "kwh_per_port_day": 40, "cover": [{"km": 1.0}], "demand_share": 1.0, "ports": [1, 2],
           "station_cost": 10, "port_cost": 5, "om_per_port_year": 1}  # fmt: skip
    phases = [{"name": name, "years": 1, "budget": 40, "ev_factor": 1.0} for name in (WORDS[1], WORDS[2])]
    said = {
        "kind": "siting", "format": 1, "title": TITLE, "areas": {"file": "areas.csv"}, "candidates": {"places": {"file": "candidates.csv"}},
        "types": [own], "phases": phases, "sought": [{"goal": "coverage"}],
    }  # fmt: skip
    (tmp_path / "siting.yaml").write_text(json.dumps(said))
    ran("siting", tmp_path / "siting.yaml", "--output", tmp_path / "out", "--format", "html", "pdf")
    assert runs_in(tmp_path / "out") == []
    assert set(read_csv(tmp_path / "out" / "areas.csv", dtype=str, keep_default_na=False)["area"]) == set(WORDS)


def test_a_feeder(tmp_path):
    """A street whose homes, buses and vehicles are called so."""
    words = [word for word in WORDS if word.isprintable()]
    buses = ["lv", *words]
    pd.DataFrame(
        [{"name": f"line {word}", "from": a, "to": word, "length_m": 20, "r1": 0.3, "x1": 0.1, "r0": 1.2, "x0": 0.3, "rating_a": 200}
         for a, word in zip(buses, words)]
    ).to_csv(tmp_path / "lines.csv", index=False)  # fmt: skip
    pd.DataFrame(
        [{"name": word, "bus": word, "phases": k % 3 + 1, "kw": 1.0, "kvar": 0.2} for k, word in enumerate(words)]
    ).to_csv(tmp_path / "customers.csv", index=False)
    pd.DataFrame([{"name": word, "bus": word, "phases": 1, "arrival": "17:00", "departure": "22:00", "energy_kwh": 5, "max_kw": 3.7}
                  for word in words[:3]]).to_csv(tmp_path / "sessions.csv", index=False)  # fmt: skip
    said = {
        "kind": "feeder", "format": 1, "title": TITLE, "sessions": {"file": "sessions.csv"},
        "horizon": {"start": "12:00", "minutes": 60},
        "network": {"tables": {"lines": "lines.csv", "customers": "customers.csv", "source": {"kv": 20, "short_circuit_mva": 200},
                               "transformer": {"kva": 250}}},
    }  # fmt: skip
    (tmp_path / "feeder.yaml").write_text(json.dumps(said))
    ran("feeder", tmp_path / "feeder.yaml", "--output", tmp_path / "out", "--phases", "--format", "html", "pdf")
    assert (tmp_path / "out" / "report.html").is_file()
    assert runs_in(tmp_path / "out") == []


def test_a_schedule(tmp_path):
    text = (
        (ROOT / "instances" / "schedule.yaml").read_text().replace("A workplace car park\n", f"{json.dumps(TITLE)}\n")
    )
    (tmp_path / "site.yaml").write_text(text)
    rows = {
        "session": WORDS,
        "arrival": "2026-06-01T08:00-07:00",
        "departure": "2026-06-01T16:00-07:00",
        "energy_kwh": 10.0,
    }
    pd.DataFrame(rows).to_csv(tmp_path / "sessions.csv", index=False)
    ran(
        "schedule",
        tmp_path / "sessions.csv",
        "--site",
        tmp_path / "site.yaml",
        "--output",
        tmp_path / "out",
        "--format",
        "html",
        "pdf",
    )
    assert (tmp_path / "out" / "report.html").is_file()
    assert runs_in(tmp_path / "out") == []


def test_a_world(tmp_path):
    text = (
        (ROOT / "instances" / "v2x.yaml")
        .read_text()
        .replace("A residents' garage that gives back\n", f"{json.dumps(TITLE)}\n")
    )
    (tmp_path / "world.yaml").write_text(
        text.replace("count: 15", "count: 2").replace("arrivals_per_day: 30", "arrivals_per_day: 3")
    )
    ran("simulate", tmp_path / "world.yaml", "--output", tmp_path / "out")
    assert (tmp_path / "out" / "report.html").is_file()
    assert runs_in(tmp_path / "out") == []


def test_a_city(tmp_path):
    text = (ROOT / "instances" / "city.yaml").read_text().replace("Eight cities, 2026 to 2035", json.dumps(TITLE))
    kept = "\n".join(line for line in text.splitlines() if "- use:" not in line or "berlin" in line)
    (tmp_path / "city.yaml").write_text(
        kept.replace("years: 10\n", "years: 2\n").replace("dispatch: both", "dispatch: rule-based")
    )
    ran("city", tmp_path / "city.yaml", "--output", tmp_path / "out")
    assert list((tmp_path / "out").rglob("*.html"))
    assert runs_in(tmp_path / "out") == []


@pytest.mark.parametrize(("kind", "file", "old", "new"), [
    ("siting", "valley/stations.csv", "stand-1,", "sta\x1b[31mnd,"), ("feeder", "village/customers.csv", "name,", "na\x1b[2Jme,"),
])  # fmt: skip
def test_names_of_tables_that_would_act_on_a_terminal_are_told(tmp_path, kind, file, old, new):
    assert ran("new", tmp_path / "my.yaml", "--kind", kind) in (0, None)
    text = (tmp_path / file).read_text()
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=rf"{file}: .*holds control characters") as told:
        ran("check", tmp_path / "my.yaml")
    assert "\x1b" not in str(told.value)


def test_sessions_whose_names_would_act_on_a_terminal_are_told(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("id,arrival,departure,energy_kwh\na\x1b[31m,2027-03-01 08:00,2027-03-01 12:00,10\n")
    with pytest.raises(Wrong, match=r"row 2, column 'id' holds control characters"):
        cells_of_file(path, SessionColumns())


def test_a_pipe_or_a_device_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    os.mkfifo(tmp_path / "pipe.csv")
    for name in (tmp_path / "pipe.yaml", "/dev/zero"):
        with pytest.raises(InputError, match="is no plain file but a pipe or a device"):
            ran("check", name)
    said = tree()
    said["sites"][0]["load_kw"] = {"file": "pipe.csv", "column": "kw"}
    (tmp_path / "my.yaml").write_text(json.dumps(said, default=str))
    with pytest.raises(InputError, match=r"cannot be read \(is no plain file\)"):
        ran("check", tmp_path / "my.yaml")
