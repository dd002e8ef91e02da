"""The commands that study one file in depth: one plan for several futures, plans near the best, what to build when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from evplan.commands.asked import Gap, Limit, report_folder, says
from evplan.commands.progress import live


def futures(
    file: Path,
    *,
    scenario: Annotated[str | None, says("Name of a scenario in the file, which the futures then build on.")] = None,
    output: Annotated[Path | None, says("Folder of the tables; left out: reports/NAME[-SCENARIO]-futures.")] = None,
    gap: Gap = None,
    time_limit: Limit = None,
) -> int:
    """Find one plan for all futures of an instance file: what it is worth in each, what planning for all brings."""
    from evplan.show.futures import show_futures, write_futures
    from evplan.studies.futures import solve_futures

    folder = report_folder(output, file, scenario, "futures")
    with live() as progress:
        run = solve_futures(file, scenario, gap=gap, time_limit_s=time_limit, progress=progress)
    write_futures(run, folder)
    return show_futures(run, folder)


def alternatives(
    file: Path,
    *,
    scenario: Annotated[str | None, says("Name of a scenario in the file.")] = None,
    count: Annotated[int, says("Plans to find for every site, the best aside.")] = 5,
    within: Annotated[float, says("Share of a site's objective that an alternative may give up.")] = 0.01,
    output: Annotated[
        Path | None, says("Folder of the tables; left out: reports/NAME[-SCENARIO]-alternatives.")
    ] = None,
    gap: Gap = None,
    time_limit: Limit = None,
) -> int:
    """Find plans nearly as good as the best that are something else to build, and how far each size can move."""
    from evplan.show.alternatives import show_alternatives, write_alternatives
    from evplan.studies.alternatives import alternatives as find

    folder = report_folder(output, file, scenario, "alternatives")
    with live() as progress:
        run = find(file, scenario, count=count, within=within, gap=gap, time_limit_s=time_limit, progress=progress)
    write_alternatives(run, folder)
    return show_alternatives(run, folder)


def stages(
    file: Path,
    *,
    scenario: Annotated[str | None, says("Name of a scenario in the file.")] = None,
    futures: Annotated[
        bool, says("Plan for the file's futures: one first stage for all, later ones by future.")
    ] = False,
    output: Annotated[Path | None, says("Folder of the tables; left out: reports/NAME[-SCENARIO]-stages.")] = None,
    gap: Gap = None,
    time_limit: Limit = None,
) -> int:
    """Say what to build now and what before which later year (horizon.stages), and what other ways would give up."""
    if futures:
        return _stages_by_future(file, scenario, output, gap, time_limit)
    from evplan.show.stages import show_stages, write_stages
    from evplan.studies.stages import solve_stages

    folder = report_folder(output, file, scenario, "stages")
    with live() as progress:
        run = solve_stages(file, scenario, gap=gap, time_limit_s=time_limit, progress=progress)
    write_stages(run, folder)
    return show_stages(run, folder)


def _stages_by_future(
    file: Path, scenario: str | None, output: Path | None, gap: float | None, limit: float | None
) -> int:
    from evplan.show.stage_futures import show_tree, write_tree
    from evplan.studies.stage_futures import solve_stage_futures

    folder = report_folder(output, file, scenario, "stages-futures")
    with live() as progress:
        run = solve_stage_futures(file, scenario, gap=gap, time_limit_s=limit, progress=progress)
    write_tree(run, folder)
    return show_tree(run, folder)


def risk(
    file: Path,
    *,
    scenario: Annotated[str | None, says("Name of a scenario in the file.")] = None,
    samples: Annotated[int | None, says("Sobol points; overrides the file's risk.samples.")] = None,
    resolve: Annotated[int, says("Scenarios to plan anew, sizes and all, beside the fixed plan.")] = 0,
    output: Annotated[Path | None, says("Folder of the report; left out: reports/NAME[-SCENARIO]-risk.")] = None,
    gap: Gap = None,
    time_limit: Limit = None,
) -> int:
    """Say how sure the plan is to pay (risk in the file): P90, P50, P10, what moves it, what grant makes it sure."""
    from evplan.show.risk import show_risk, write_risk
    from evplan.studies.risk import solve_risk

    folder = report_folder(output, file, scenario, "risk")
    with live() as progress:
        run = solve_risk(
            file, scenario, samples=samples, resolved=resolve, gap=gap, time_limit_s=time_limit, progress=progress
        )
    write_risk(run, folder)
    return show_risk(run, folder)
