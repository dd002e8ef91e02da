"""Run CBC on a compiled program: its program `cbc`, if it is on the path, or the one that the package PuLP brings."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from evplan.errors import EvplanError, InputError, NotInstalledError
from evplan.solver.compile import Program
from evplan.solver.highs import checked, load
from evplan.solver.outcome import Options, Outcome, Progress

STATUS = (
    ("Optimal", "optimal"), ("Stopped on time", "time_limit"), ("Infeasible", "infeasible"),
    ("Integer infeasible", "infeasible"), ("Unbounded", "unbounded"),
)  # fmt: skip
REFUSED = re.compile(
    r"^.*(?:No match for|unexpected|illegal|not valid|Unknown option).*$", re.MULTILINE | re.IGNORECASE
)
BOUND = re.compile(r"^(?:Lower|Upper) bound:\s+(\S+)", re.MULTILINE)
POLL_S = 0.2
FOLDERS = {("linux", "x86_64"): "linux/i64", ("linux", "aarch64"): "linux/arm64", ("darwin", "x86_64"): "osx/i64"}


def run(program: Program, options: Options, progress: Progress | None = None) -> Outcome:
    """Solve a program with CBC and return what it found; it reports progress only at the end."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        checked(load(replace(program, offset=0.0)).writeModel(str(folder / "program.mps")), "writeModel")
        said = [f for name, value in options.settings.items() for f in (f"-{name}", str(value))]
        command = [
            _executable(), "program.mps", "-sec", f"{options.time_limit_s:.1f}", "-timeMode", "elapsed", "-ratio", f"{options.gap:g}",
            *said, "-solve", "-solution", "solution.txt",
        ]  # fmt: skip
        log = _talk(command, folder, options)
        found = folder / "solution.txt"
        first, *rows = found.read_text().splitlines() if found.exists() else [""]
    refused = REFUSED.search(log)
    if refused:
        raise InputError(f"solver.options: CBC does not take {refused[0].strip()!r}")
    status = "interrupted" if options.stop.is_set() else None
    status = status or next((name for begins, name in STATUS if first.startswith(begins)), None)
    if status is None:
        raise EvplanError(f"CBC stopped with {first or log.strip()[-200:]!r}; try --solver highs")
    held = rows and status in ("optimal", "time_limit", "interrupted") and "no integer solution" not in first
    x = _values(rows, len(program.cost)) if held else None
    objective = float(program.cost @ x) + program.offset if x is not None else np.inf
    told = BOUND.findall(log)
    bound = float(told[-1]) + program.offset if told else objective if status == "optimal" else -np.inf
    if progress is not None:
        progress(objective, min(bound, objective))
    return Outcome(status, x, objective, min(bound, objective), time.perf_counter() - begun, "CBC")


def _talk(command: list[str], folder: Path, options: Options) -> str:
    """Run the program, stop it within a second of being told to, and return what it printed."""
    with (
        (folder / "log.txt").open("w+") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process,
    ):
        while process.poll() is None:
            time.sleep(POLL_S)
            if options.stop.is_set():
                process.kill()
        log.seek(0)
        said = log.read()
    if options.verbose:
        print(said)
    return said


def _executable() -> str:
    """Return the program: on the path, or the one for this machine inside PuLP."""
    found, package = shutil.which("cbc"), find_spec("pulp")
    if found is None and package is not None and package.origin is not None:
        machine = (sys.platform, platform.machine().lower())
        inside = Path(package.origin).parent / "solverdir" / "cbc" / FOLDERS.get(machine, "none") / "cbc"
        found = str(inside) if inside.is_file() else None
    if found is None:
        raise NotInstalledError("solver cbc is not installed; put `cbc` on the path, or `pip install evplan[solvers]`")
    return found


def _values(rows: list[str], columns: int) -> np.ndarray:
    """Return values in column order; a row is a number, the column's name `c<i>`, its value and its reduced cost."""
    x = np.zeros(columns)
    for row in rows:
        parts = row.replace("**", " ").split()
        x[int(parts[1][1:])] = float(parts[2])
    return x
