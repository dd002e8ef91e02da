"""Every command that a page shows runs as it stands there; every command that it names is one, with options that there are."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from clusters import free_port
from support import ROOT

from evplan.cli import app

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = re.compile(r"^ {4,}(?:\.venv/bin/)?((?:evplan|dask) (?![a-z]*/).*?)(?: +#.*)?$", re.MULTILINE)
NAMED = re.compile(r"`(evplan [a-z][^`\n]*)`")
ELSEWHERE = {
    "serve": "tests/web starts it",
    "train": "tests/degradation",
    "lookup": "tests/degradation",
    "learn": "tests/v2x",
}
NUMBERS = {"N", "KW", "COUNT"}
LONG_S = 900  # of a machine that is busy; alone, the longest page takes two minutes


def shown(page: Path) -> list[str]:
    """Return the commands in a page's blocks, in order; those of the README that a page of their own shows too run there."""
    every = [line for line in SHOWN.findall(page.read_text(encoding="utf-8")) if line.split()[1] not in ELSEWHERE]
    others = {line for other in PAGES[1:] for line in shown(other)} if page == README else set()
    return [line for line in every if line not in others]


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if shown(page)], ids=lambda page: page.name)
def test_a_pages_commands_run_as_they_stand(page, tmp_path):
    lines = shown(page)
    if any(line.startswith("dask") for line in lines) and find_spec("distributed") is None:
        pytest.skip("the cluster extra is not installed")
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    script = "set -e\n" + "\n".join(lines).replace("8786", str(free_port()))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with (tmp_path / "told").open("w") as told:
        child = subprocess.Popen(
            ["bash", "-c", script], cwd=tmp_path, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL, stderr=told,
            start_new_session=True,
        )  # fmt: skip
    try:
        child.wait(timeout=LONG_S)
    finally:
        with suppress(ProcessLookupError):  # what it left running, and all of it where it took too long
            os.killpg(child.pid, signal.SIGKILL)
    assert child.returncode == 0, (tmp_path / "told").read_text()[-2000:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_is_one(page):
    for said in dict.fromkeys(NAMED.findall(page.read_text(encoding="utf-8"))):
        if "..." in said or "[" in said:
            continue  # a pattern, not a command
        words = ["3" if word in NUMBERS else word for word in shlex.split(said)[1:]]
        known = _options(words)
        assert known is not None, f"{page.name}: {said}"
        asked = {word.split("=")[0] for word in words if word.startswith("--")} - {
            "--help",
            "--version",
            "--allow-outside",
        }
        assert asked <= known, f"{page.name}: {said}"


def _options(words: list[str]) -> set[str] | None:
    """Return the options of a command, None where there is none."""
    node = app
    for word in words:
        try:
            node = node[word]
        except KeyError:
            break
    if node is app:
        return None
    if node.default_command is None:  # a group, such as `evplan tariff`
        return set()
    return {
        name for argument in node.assemble_argument_collection() for name in argument.names if name.startswith("--")
    }


def test_the_readmes_python_runs(tmp_path, monkeypatch):
    text = README.read_text(encoding="utf-8")
    block = text[text.index("From Python:") :].split("\n\n")[1]
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    monkeypatch.chdir(tmp_path)
    exec(textwrap.dedent(block), {})
    assert (tmp_path / "reports" / "tiny" / "report.html").is_file()
