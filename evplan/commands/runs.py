"""The runs that were made: list them, or set two side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from evplan.commands.asked import says

State = Literal["done", "stopped", "failed", "killed", "running"]


def runs(
    root: Path = Path("reports"),
    *,
    kind: Annotated[str | None, says("Of one kind: plan, region, siting, feeder ...")] = None,
    state: Annotated[State | None, says("That came so far.")] = None,
    file: Annotated[str | None, says("Whose file has this in its name.")] = None,
    compare: Annotated[
        list[Path] | None, Parameter(help="Two folders: what they differ in.", negative="", consume_multiple=True)
    ] = None,
) -> int:
    """List the runs below a folder: what each was made from, when, how far it came, and whether its files are as they were written."""
    from evplan.errors import InputError
    from evplan.show.runs import show_differences, show_runs
    from evplan.store.runs import differences
    from evplan.store.runs import runs as stored

    if compare is not None:
        if len(compare) != 2:
            raise InputError(f"--compare needs two folders (got {len(compare)})")
        show_differences(compare[0], compare[1], differences(compare[0], compare[1]))
        return 0
    show_runs(root, stored(root, kind, state, file))
    return 0
