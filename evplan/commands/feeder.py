"""A low-voltage feeder: what happens without control, what control brings, what can be hosted."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from evplan.commands.asked import says
from evplan.commands.once import Again, once

if TYPE_CHECKING:
    from evplan.worker import Tell

REPORTS = Parameter(help="One or both; left out: html.", negative="", consume_multiple=True)


def feeder(
    file: Path,
    *,
    hosting: Annotated[bool, says("How much can be connected: see `hosting` in the file.")] = False,
    envelopes: Annotated[
        float | None, says("What every connection may draw and give in each step; kW at most.")
    ] = None,
    phases: Annotated[bool, says("To which phase each charge point with one phase is best connected.")] = False,
    volt_var: Annotated[bool, says("What inverters' reactive power by voltage changes.")] = False,
    upgrade: Annotated[bool, says("Weigh the larger transformer of the file against control.")] = False,
    compare: Annotated[int, says("Evaluations of NSGA-II on the same trade-off (pymoo, extra `nsga`).")] = 0,
    engine: Annotated[
        Literal["evplan", "opendss"], says("opendss: its voltages must be the same (extra `feeder`).")
    ] = "evplan",
    bus: Annotated[str | None, says("Where a charging station is to be connected, for `--instance`.")] = None,
    instance: Annotated[
        Path | None,
        says("A plan file: write one like it whose connection is what the bus can carry, for `evplan solve`."),
    ] = None,
    time_limit: Annotated[float, says("Seconds for the phases of charge points.")] = 60.0,
    format: Annotated[list[Literal["html", "pdf"]] | None, REPORTS] = None,
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME.")] = None,
    again: Again = False,
) -> int:
    """Plan a day on a low-voltage feeder: vehicles and panels against unbalance, within voltages and ratings, by exact power flow.

    FILE: a feeder file (`evplan new --kind feeder`): a network of OpenDSS, pandapower or tables, with loads, panels and sessions.
    """
    from evplan.commands.asked import report_folder
    from evplan.errors import InputError
    from evplan.feeder.made import Asked
    from evplan.feeder.read import made_from, read_feeder
    from evplan.feeder.results import plan_and_write
    from evplan.show.feeder import show_feeder
    from evplan.solver.outcome import make_options
    from evplan.store.work import digest, work_of

    if envelopes is not None and not 0 < envelopes < float("inf"):
        raise InputError(f"--envelopes must be a number of kW above 0 (got {envelopes:g})")
    if compare < 0:
        raise InputError(f"--compare must be at least 0 (got {compare})")
    if (bus is None) != (instance is None):
        raise InputError(
            "--bus and --instance belong together: where the station is, and the plan file it is made from"
        )
    read, folder = read_feeder(file), report_folder(output, file)
    work = work_of(
        "feeder", file, made_from(read), hosting=hosting, envelopes=envelopes, phases=phases, volt_var=volt_var,
        upgrade=upgrade, compare=compare, engine=engine, bus=bus, instance=instance and digest(instance), time_limit=time_limit,
        format=format,
    )  # fmt: skip
    options = make_options(0.01, time_limit, verbose=False)
    asked = Asked(
        format or ("html",), hosting, envelopes, phases, volt_var, upgrade, engine, compare, instance, bus or ""
    )

    def do(progress: Tell, stop: threading.Event) -> dict[str, Any]:
        return plan_and_write(read, folder, asked, progress, replace(options, stop=stop))

    return once(work, folder, do, lambda said: show_feeder(said, folder), elsewhere=output is None, again=again)
