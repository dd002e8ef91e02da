"""The work of a plan: check an instance, solve it and write its report, give the report in a format; in a process of its own."""

from __future__ import annotations

import io
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager, nullcontext
from pathlib import Path

from evplan.errors import EvplanError, InputError, InstanceError
from evplan.instance.faults import Fault, raise_all
from evplan.instance.read import Read, read
from evplan.instance.source import plain, read_source
from evplan.web.closed import opened
from evplan.web.problem import of_error, of_fault, of_faults
from evplan.web.settings import Limits
from evplan.web.task import Result
from evplan.worker import Tell

FILE = "instance.yaml"


def check(text: bytes, scenario: str | None, limits: Limits) -> Result:
    """Return nothing where an instance is sound and may be planned here, else its problem with every fault."""
    with _written(text) as path:
        try:
            source = read_source(path)
            tree = plain(source.tree)
            if faults := opened(tree):
                raise_all(faults, source, tree)
            raise_all(_too_long(read(path, scenario), limits), source, tree)
        except InputError as error:
            return _refused(error, path, _is_json(text))
    return Result(200, b"")


def plan(id: str, text: bytes, scenario: str | None, limits: Limits, tell: Tell) -> Result:
    """Return the summary of an instance's plan, and the files of its report."""
    from evplan.plan import solve_and_write

    checked = check(text, scenario, limits)  # again: another server, or another version, may have let it in
    if not checked.good:
        return checked
    with _written(text) as path:
        folder = path.parent / "report"
        try:
            solve_and_write(path, folder, scenario, progress=tell)
        except EvplanError as error:
            return _refused(error, path, _is_json(text))
        files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    return Result(200, files["summary.json"], files)


def report(folder: Path, format: str) -> Result:
    """Return the report in a folder in a format; several files as a zip."""
    from evplan.report.formats import render_as

    made = [folder / f"report.{format}"]
    if not made[0].is_file():
        try:
            made = render_as(format, folder)
        except EvplanError as error:
            return Result(*of_error(error))
    if len(made) == 1:
        return Result(200, made[0].read_bytes())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in made:
            archive.write(file, file.name)
    return Result(200, packed.getvalue())


@contextmanager
def _written(text: bytes) -> Iterator[Path]:
    """Yield the path of an instance in a folder that goes away: by its name alone, where this is a process of its own."""
    alone = threading.current_thread() is threading.main_thread()
    with tempfile.TemporaryDirectory(prefix="evplan-") as folder, chdir(folder) if alone else nullcontext():
        path = Path(FILE) if alone else Path(folder) / FILE
        path.write_bytes(text)
        yield path


def _is_json(text: bytes) -> bool:
    return text.lstrip().startswith(b"{")


def _too_long(found: Read, limits: Limits) -> list[Fault]:
    asked = found.instance.solver.time_limit_s
    if asked <= limits.job_s:
        return []
    return [Fault(("solver", "time_limit_s"), f"must be at most {limits.job_s:g} (got {asked:g})")]


def _refused(error: EvplanError, path: Path, as_json: bool) -> Result:
    """Return an error's problem, in which the instance is called by its name only; one in JSON has no lines worth telling."""
    if not isinstance(error, InstanceError) or not error.faults:
        return Result(*of_error(type(error)(str(error).replace(f"{path.parent}/", ""))))
    source = read_source(path)
    if as_json:
        return Result(*of_faults(list(error.faults), source.tree))
    faults = []
    for fault in error.faults:
        at = source.position(fault.loc, fault.at_key)
        faults.append(of_fault(fault, source.tree) | {"line": at.line, "column": at.column})
    return Result(*of_error(InstanceError(str(error).replace(f"{path.parent}/", "")), faults))
