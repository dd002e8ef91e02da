"""What `evplan runs` prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Column, Table

from evplan.show.plan import console
from evplan.store.runs import Stored

MOST = 60  # differences
DIGEST, WIDEST = 12, 60  # letters


def show_runs(root: Path, several: Sequence[Stored]) -> None:
    """Print runs, oldest first."""
    if not several:
        console.print(f"no runs below {root}")
        return
    table = Table(
        Column("run", overflow="fold", ratio=1), "kind", "began, UTC", "s", "state", "work", padding=(0, 1), expand=True
    )
    for one in several:
        own = one.manifest
        if own is None:
            table.add_row(str(one.folder), "", "", "", "unreadable", "")
            continue
        state = own.fate if one.whole or own.fate != "done" else "changed since"
        seconds = "" if own.seconds is None else f"{own.seconds:,.0f}"
        table.add_row(str(one.folder), own.kind, own.began[:16].replace("T", " "), seconds, state, own.work[:8])
    console.print(table)
    for one in several:
        if one.fault:
            console.print(f"{one.folder}: {one.fault.removeprefix(f'{one.folder}: ')}")
        elif one.manifest is not None and one.manifest.message:
            console.print(f"{one.folder}: {one.manifest.message.splitlines()[0]}")


def show_differences(one: Path, other: Path, rows: Sequence[tuple[str, Any, Any]]) -> None:
    """Print what two runs differ in."""
    if not rows:
        console.print(f"{one} and {other} differ in nothing but when they were made")
        return
    table = Table(Column("", overflow="fold", ratio=2), *(Column(str(own), overflow="fold", ratio=1) for own in (one, other)),
                  padding=(0, 1), expand=True)  # fmt: skip
    for name, a, b in rows[:MOST]:
        short = DIGEST if name.startswith("inputs.") else WIDEST
        table.add_row(name, _cell(a)[:short], _cell(b)[:short])
    console.print(table)
    if len(rows) > MOST:
        console.print(f"and {len(rows) - MOST:,} more")


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
