"""Files to start from, what is wrong with one, and the schema of each kind."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from evplan.commands.asked import says


def new(
    file: Path = Path("instance.yaml"),
    *,
    kind: Annotated[Literal["plan", "city", "schedule", "v2x"], says("What the file is to describe.")] = "plan",
) -> None:
    """Write an instance, city, schedule or v2x file to start from; an existing file is left alone."""
    from evplan.instance.new import TEMPLATE as PLAN
    from evplan.instance.new import write_new

    if kind == "city":
        from evplan.city.read import TEMPLATE as CITY

        print(write_new(file, CITY, "city {file}"))
    elif kind == "schedule":
        from evplan.schedule.read import TEMPLATE as SITE

        print(write_new(file, SITE, "schedule SESSIONS --site {file}"))
    elif kind == "v2x":
        from evplan.v2x.read import TEMPLATE as WORLD

        print(write_new(file, WORLD, "simulate {file}"))
    else:
        print(write_new(file, PLAN))


def check(file: Path, *, scenario: str | None = None) -> None:
    """Say everything that is wrong with an instance, city, schedule or v2x file, with line and column; solve nothing."""
    from evplan.instance.read import read
    from evplan.instance.source import kind_of

    if kind_of(file) == "city":
        from evplan.city.read import read_study

        print(read_study(file).told)
        return
    if kind_of(file) == "schedule":
        from evplan.schedule.read import read_site

        print(read_site(file).told)
        return
    if kind_of(file) == "v2x":
        from evplan.v2x.read import read_world
        from evplan.v2x.setting import setting_of

        world = read_world(file)
        setting_of(world.site, file.parent)  # reads its series and sessions
        print(world.told)
        return

    found = read(file, scenario)
    battery = found.instance.catalogue.battery
    if battery is not None and battery.ageing_model is not None:
        from evplan.parameters.ageing import battery_model

        battery_model(battery, found.folder)
    print(found.told)


def schema(
    *,
    kind: Annotated[Literal["plan", "city", "schedule", "v2x"], says("Of which kind of file.")] = "plan",
    output: Annotated[Path | None, says("File to write; left out: the terminal.")] = None,
) -> None:
    """Print the JSON Schema of an instance, city, schedule or v2x file, or write it to a file for your editor."""
    if kind == "city":
        from evplan.city.read import json_schema
    elif kind == "schedule":
        from evplan.schedule.read import json_schema
    elif kind == "v2x":
        from evplan.v2x.read import json_schema
    else:
        from evplan.instance.schema import json_schema
    output.write_text(json_schema(), encoding="utf-8") if output else sys.stdout.write(json_schema())
