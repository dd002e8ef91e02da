"""Every file in tests/malformed/ says in its first lines what must be reported, and where."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evplan.errors import InputError
from evplan.instance.read import read

FOLDER = Path(__file__).parents[1] / "malformed"
FILES = sorted(FOLDER.glob("*.yaml"))
JARGON = re.compile(
    r"Traceback|pydantic|Input should|Extra inputs|value_error|valid string|something else|ruamel|None\b"
)
LONGEST_S = 5.0  # processor time for any one file, however it tries; usually a fiftieth


def expected(path):
    """Return the `# expect:` lines of a file, without the mark."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.removeprefix("# expect: ") for line in lines if line.startswith("# expect: ")]


def reported(path, told):
    """Return the first line of every fault that was told, without the path."""
    return [line.removeprefix(f"{path}:") for line in told.splitlines() if line.startswith(f"{path}:")]


def carets(told):
    """Return the column of every caret that was told, counted in its source line from 1."""
    return [line.index("^") - len("      | ") + 1 for line in told.splitlines() if re.fullmatch(r" +\| +\^", line)]


def test_there_are_at_least_forty_malformed_files():
    assert len(FILES) >= 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_malformed_file_is_refused_in_the_words_it_asks_for(path, evplan):
    began = time.process_time()
    code, out, told = evplan("check", path)
    assert time.process_time() - began < LONGEST_S
    assert (code, out) == (2, "")
    assert expected(path), "the file must say what it expects"
    assert reported(path, told) == expected(path)
    assert not JARGON.search(told)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_malformed_file_is_shown_with_a_caret_under_the_fault(path, evplan):
    told = evplan("check", path)[2]
    places = [line.split(":")[:2] for line in expected(path)]
    lines = path.read_text(encoding="utf-8", errors="replace").replace("\t", " ").split("\n")
    assert len(carets(told)) == len(places)
    for (line, column), caret in zip(places, carets(told), strict=True):
        shown = lines[int(line) - 1]
        assert f"{int(line):>5} | {shown[:40]}".replace("\x1b", " ") in told
        assert caret == int(column) or len(shown) > 110


@pytest.mark.parametrize("name", ["negative_price", "python_tag", "alias_bomb", "several_faults", "not_utf8"])
def test_real_command_returns_2_and_no_traceback(name):
    path = FOLDER / f"{name}.yaml"
    command = [sys.executable, "-c", "from evplan.cli import main; main()", "check", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, encoding="utf-8")
    assert run.returncode == 2
    assert run.stdout == ""
    assert reported(path, run.stderr) == expected(path)
    assert "Traceback" not in run.stderr


def test_the_command_solve_refuses_a_malformed_file_in_the_same_words(evplan):
    path = FOLDER / "negative_price.yaml"
    code, _, told = evplan("solve", path)
    assert code == 2
    assert told.endswith(evplan("check", path)[2])


def test_python_tag_runs_nothing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="tags such as"):
        read(FOLDER / "python_tag.yaml")
    assert not list(tmp_path.iterdir())


def test_faults_are_told_in_the_order_of_the_file(evplan):
    path = FOLDER / "several_faults.yaml"
    places = [tuple(map(int, line.split(":")[:2])) for line in reported(path, evplan("check", path)[2])]
    assert len(places) == 5
    assert places == sorted(places)


def test_faults_of_one_file_are_also_data():
    with pytest.raises(InputError) as refused:
        read(FOLDER / "several_faults.yaml")
    assert [fault.loc for fault in refused.value.faults] == [
        ("horizon", "years"),
        ("catalogue", "chargers", 0, "cost"),
        ("sites", 0, "setting"),
        ("sites", 1, "price_per_kwh"),
        ("solver", "gapp"),
    ]


def test_the_instance_that_they_spoil_is_sound(evplan, sound):
    code, out, told = evplan("check", sound)
    assert (code, told) == (0, "")
    assert out == f"{sound}: sound. Sites: 2. Scenarios: no-battery, growth.\n"
