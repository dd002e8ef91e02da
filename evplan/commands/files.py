"""Files to start from, what is wrong with one, and the schema of each kind."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

from evplan.commands.asked import says

Kind = Literal["plan", "city", "schedule", "v2x", "siting", "feeder", "region"]
OTHERS = {  # what is done with a new file; each kind has a module `read` with TEMPLATE, `checked` and `json_schema`
    "city": "city {file}", "schedule": "schedule SESSIONS --site {file}", "v2x": "simulate {file}", "siting": "siting {file}",
    "feeder": "feeder {file}", "region": "region {file}",
}  # fmt: skip


def new(
    file: Path = Path("instance.yaml"), *, kind: Annotated[Kind, says("What the file is to describe.")] = "plan"
) -> None:  # fmt: skip
    """Write a file of a kind to start from; an existing file is left alone."""
    from evplan.instance.new import write_beside, write_new

    if kind not in OTHERS:
        print(write_new(file))
        return
    reader = _reader(kind)
    beside = write_beside(file.parent, *reader.BESIDE) if hasattr(reader, "BESIDE") else ""
    print(f"{write_new(file, reader.TEMPLATE, OTHERS[kind])}{beside}")


def check(file: Path, *, scenario: str | None = None) -> None:
    """Say everything that is wrong with a file of any kind, with line and column, and with what it names; solve nothing."""
    from evplan.instance.read import read
    from evplan.instance.source import kind_of

    if (kind := kind_of(file)) in OTHERS:
        print(_reader(kind).checked(file))
        return
    found = read(file, scenario)
    battery = found.instance.catalogue.battery
    if battery is not None and battery.ageing_model is not None:
        from evplan.parameters.ageing import battery_model

        battery_model(battery, found.folder)
    print(found.told)


def schema(
    *,
    kind: Annotated[Kind, says("Of which kind of file.")] = "plan",
    output: Annotated[Path | None, says("File to write; left out: the terminal.")] = None,
) -> None:
    """Print the JSON Schema of a kind of file, or write it to a file for your editor."""
    if kind in OTHERS:
        text = _reader(kind).json_schema()
    else:
        from evplan.instance.schema import json_schema

        text = json_schema()
    output.write_text(text, encoding="utf-8") if output else sys.stdout.write(text)


def _reader(kind: str) -> Any:
    return import_module(f"evplan.{kind}.read")
