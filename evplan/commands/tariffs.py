"""The commands of tariffs: import one, bill a load by one."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App

from evplan.commands.asked import says
from evplan.errors import InputError
from evplan.paths import replacing

STEPS = (5, 10, 15, 20, 30, 60)
app = App(name="tariff", help="Read a tariff from the Utility Rate Database, or bill a load by one.")


@app.command(name="import")
def import_(
    file: Path, *,
    name: Annotated[str | None, says("Name of the tariff; left out: the rate's own.")] = None,
    output: Annotated[Path | None, says("YAML file to write; left out: the terminal.")] = None,
) -> None:  # fmt: skip
    """Turn a rate of the US Utility Rate Database (JSON) into the `tariffs` block of an instance file."""
    from pydantic import ValidationError
    from ruamel.yaml import YAML

    from evplan.instance.base import NAME
    from evplan.instance.rates import tariff_faults
    from evplan.instance.tariff import Tariff
    from evplan.instance.urdb import read_urdb

    said, tariff, notes = read_urdb(file)
    faults = list(tariff_faults(tariff, (name or said,)))
    if faults:
        lines = "\n".join(f"  {'.'.join(map(str, fault.loc))}: {fault.message}" for fault in faults)
        raise InputError(f"{file}: the rate cannot be used as it stands:\n{lines}")
    try:
        Tariff.model_validate(tariff)
    except ValidationError as error:
        lines = "\n".join(f"  {'.'.join(map(str, e['loc']))}: {e['msg']} (got {e['input']})" for e in error.errors())
        raise InputError(f"{file}: the rate cannot be used as it stands:\n{lines}") from None
    if name is not None and not re.match(NAME, name):
        raise InputError(f"--name: must be letters, digits, '.', '_' or '-' (got {name!r})")
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 120
    text = io.StringIO()
    yaml.dump({"tariffs": {name or said: tariff}}, text)
    if output is None:
        sys.stdout.write(text.getvalue())
    else:
        with replacing(output) as temporary:
            temporary.write_text(text.getvalue(), encoding="utf-8")
        print(f"{output}: tariff {name or said} written")
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


@app.command
def bill(
    instance: Path, load: Path, *,
    tariff: Annotated[str | None, says("Name of a tariff in the instance; left out: every one.")] = None,
    column: Annotated[str, says("Column of the load, kW.")] = "load_kw",
    step_minutes: Annotated[int, says("Length of a row, minutes.")] = 60,
    contracted_kw: Annotated[float | None, says("Capacity contracted, kW; left out: what costs least.")] = None,
    start: Annotated[str | None, says("Day of the first row, YYYY-MM-DD; left out: the plan's first.")] = None,
) -> None:  # fmt: skip
    """Bill a year's load (CSV or Parquet) by the tariffs of an instance file, without planning anything."""
    from pydantic import ValidationError

    from evplan.instance.base import FIRST_DAY, LAST_DAY, LEAP_DAY, SeriesFile
    from evplan.instance.read import read
    from evplan.instance.series import series_fault
    from evplan.instance.suggest import did_you_mean

    found = read(instance).instance
    if tariff is not None and tariff not in found.tariffs:
        raise InputError(f"--tariff: there is no tariff {tariff!r}{did_you_mean(tariff, list(found.tariffs))}")
    if step_minutes not in STEPS:
        raise InputError(f"--step-minutes: must be one of {', '.join(map(str, STEPS))} (got {step_minutes})")
    if contracted_kw is not None and not 0 <= contracted_kw < 1e9:
        raise InputError(f"--contracted-kw: must be at least 0 (got {contracted_kw:g})")
    try:
        series = SeriesFile.model_validate(
            {"file": load.name, "column": column, "step_minutes": step_minutes, "start": start}
        )
    except ValidationError:
        raise InputError(
            f"--start: must be a day YYYY-MM-DD of {FIRST_DAY.year} to {LAST_DAY.year} (got {start!r})"
        ) from None
    if series.start is not None and (series.start.month, series.start.day) == LEAP_DAY:
        raise InputError("--start: 29 February is no day of the planned year; begin the rows a day later")
    wrong = series_fault(series, load.parent)
    if wrong:
        raise InputError(f"{load}: {wrong[1]}")
    from evplan.show.tariff import show_bills

    show_bills(found, series, load, instance.parent, [tariff] if tariff else list(found.tariffs), contracted_kw)
