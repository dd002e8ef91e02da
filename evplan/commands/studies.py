"""The commands that study one file in depth: one plan for several futures, plans near the best, what to build when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from evplan.commands.asked import Cluster, Gap, Limit, report_folder, says
from evplan.commands.once import Again, once

if TYPE_CHECKING:
    from evplan.worker import Tell

Made = TypeVar("Made")


def futures(
    file: Path,
    *,
    scenario: Annotated[str | None, says("Name of a scenario in the file, which the futures then build on.")] = None,
    output: Annotated[Path | None, says("Folder of the tables; left out: reports/NAME[-SCENARIO]-futures.")] = None,
    gap: Gap = None,
    time_limit: Limit = None,
    again: Again = False,
) -> int:
    """Find one plan for all futures of an instance file: what it is worth in each, what planning for all brings."""
    from evplan.show.futures import show_futures, write_futures
    from evplan.studies.futures import solve_futures

    study = _Study("futures", file, scenario, output, again, {"gap": gap, "time_limit_s": time_limit})
    return study.made(solve_futures, write_futures, show_futures)


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
    again: Again = False,
) -> int:
    """Find plans nearly as good as the best that are something else to build, and how far each size can move."""
    from evplan.show.alternatives import show_alternatives, write_alternatives
    from evplan.studies.alternatives import alternatives as find

    how = {"count": count, "within": within, "gap": gap, "time_limit_s": time_limit}
    study = _Study("alternatives", file, scenario, output, again, how)
    return study.made(find, write_alternatives, show_alternatives)


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
    again: Again = False,
) -> int:
    """Say what to build now and what before which later year (horizon.stages), and what other ways would give up."""
    how = {"gap": gap, "time_limit_s": time_limit}
    if futures:
        from evplan.show.stage_futures import show_tree, write_tree
        from evplan.studies.stage_futures import solve_stage_futures

        return _Study("stages-futures", file, scenario, output, again, how).made(
            solve_stage_futures, write_tree, show_tree
        )
    from evplan.show.stages import show_stages, write_stages
    from evplan.studies.stages import solve_stages

    return _Study("stages", file, scenario, output, again, how).made(solve_stages, write_stages, show_stages)


def risk(
    file: Path,
    *,
    scenario: Annotated[str | None, says("Name of a scenario in the file.")] = None,
    samples: Annotated[int | None, says("Sobol points; overrides the file's risk.samples.")] = None,
    resolve: Annotated[int, says("Scenarios to plan anew, sizes and all, beside the fixed plan.")] = 0,
    output: Annotated[Path | None, says("Folder of the report; left out: reports/NAME[-SCENARIO]-risk.")] = None,
    gap: Gap = None,
    time_limit: Limit = None,
    cluster: Cluster = None,
    again: Again = False,
) -> int:
    """Say how sure the plan is to pay (risk in the file): P90, P50, P10, what moves it, what grant makes it sure."""
    from evplan.show.risk import show_risk, write_risk
    from evplan.studies.risk import solve_risk

    how = {"samples": samples, "resolved": resolve, "gap": gap, "time_limit_s": time_limit}
    study = _Study("risk", file, scenario, output, again, how)
    return study.made(partial(solve_risk, cluster=cluster), write_risk, show_risk)


@dataclass(frozen=True)
class _Study:
    """A study of an instance file, as its command was asked for it. kind : also ends the name of its folder.  how : its options."""

    kind: str
    file: Path
    scenario: str | None
    output: Path | None
    again: bool
    how: dict[str, Any]

    def made(
        self, solve: Callable[..., Made], write: Callable[[Made, Path], object], show: Callable[[Made, Path], int]
    ) -> int:
        """Solve it, write it, show it; return the exit code."""
        from evplan.instance.read import read
        from evplan.scenarios.rows import plan_work

        folder = report_folder(self.output, self.file, self.scenario, self.kind)

        def do(progress: Tell, _: threading.Event) -> Made:
            run = solve(self.file, self.scenario, **self.how, progress=progress)
            write(run, folder)
            return run

        work = plan_work(read(self.file, self.scenario), self.kind, **self.how)
        return once(
            work,
            folder,
            do,
            lambda run: show(run, folder),
            elsewhere=self.output is None,
            again=self.again,
            stoppable=False,
        )
