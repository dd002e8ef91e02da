"""Sensitivity: the study planned again under other budgets, distances, growth and weights; what stands in every plan, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evplan.errors import InfeasibleError, NoPlanError
from evplan.parallel import run_all
from evplan.siting.measure import Plan
from evplan.siting.problem import Problem, factors, problem_of
from evplan.siting.run import seek
from evplan.siting.search import Found
from evplan.siting.study import SitingStudy
from evplan.solver.outcome import Options

if TYPE_CHECKING:
    import pandas as pd

CASES: dict[str, tuple[float, float]] = {"budget": (0.75, 1.25), "distances": (0.8, 1.25), "growth": (0.75, 1.25)}


@dataclass(frozen=True)
class Case:
    """A study that differs from the file in one respect, and what was found for it."""

    name: str
    problem: Problem
    found: Found


def studies(study: SitingStudy) -> Iterator[tuple[str, SitingStudy]]:
    """Yield studies that differ from a file's in one respect each, with what they are called."""
    for name, parts in CASES.items():
        for part in parts:
            yield f"{name} x {part:g}", _changed(study, name, part)
    weights = study.demand.weights
    if len(weights) > 1:
        for field in weights:
            demand = study.demand.model_copy(update={"weights": {field: 1.0}})
            yield f"weights: {field} alone", study.model_copy(update={"demand": demand})


def _changed(study: SitingStudy, name: str, part: float) -> SitingStudy:
    if name == "budget":
        phases = tuple(phase.model_copy(update={"budget": part * phase.budget}) for phase in study.phases)
        return study.model_copy(update={"phases": phases})
    if name == "distances":
        types = tuple(
            kind.model_copy(
                update={"cover": tuple(band.model_copy(update={"km": part * band.km}) for band in kind.cover)}
            )
            for kind in study.types
        )
        return study.model_copy(update={"types": types})
    grown = 1 + part * (factors(study) - 1)
    phases = tuple(
        phase.model_copy(update={"ev_factor": float(f)}) for phase, f in zip(study.phases, grown, strict=True)
    )
    return study.model_copy(update={"phases": phases})


def cases(
    study: SitingStudy, folder: Path, base: Found, options: Options, tell: Callable[[str, str], None] = lambda what, known: None
) -> list[Case]:  # fmt: skip
    """Return what is found for every case, side by side; each begins from the plan of the file where it may.

    Cases for which time is too short, or that cannot keep the rules, are left out.
    """

    def solved(case: tuple[str, SitingStudy]) -> Case | None:
        name, own = case
        problem = problem_of(own, folder)
        start = replace(base, plan=Plan(problem, base.plan.ports, base.plan.steps), rivals=tuple(() for _ in own.types))
        starts = (start,) if name.startswith(("growth", "weights")) else ()
        try:
            found = seek(problem, options, partial(tell, name), starts)[-1]
        except (NoPlanError, InfeasibleError):
            return None
        tell(name, "")
        return Case(name, problem, found)

    return [one for one in run_all(solved, list(studies(study)), options.stop) if one is not None]


def regrets(base: Plan, others: list[Case]) -> pd.DataFrame:
    """Return a row for every site and type that stands or comes in some plan: in which part of plans it stands in the last phase.

    no-regret : stands anew in every plan.  kept, gone : what stood is there in every plan, or in none.  flips : the rest.
    """
    import pandas as pd

    problem = base.problem
    plans = [base, *(one.found.plan for one in others)]
    stands = np.mean([plan.ports[-1] > 0 for plan in plans], axis=0)
    stood = problem.sites.ports > 0
    j, k = np.nonzero((stands > 0) | stood)
    share, old = stands[j, k], stood[j, k]
    verdict = np.select([(share == 1) & ~old, (share == 1) & old, (share == 0)], ["no-regret", "kept", "gone"], "flips")
    made = pd.DataFrame({
        "site": [problem.sites.names[i] for i in j], "lat": problem.sites.point[j, 0], "lon": problem.sites.point[j, 1],
        "type": [problem.study.types[i].name for i in k], "stood": old, "planned": base.ports[-1][j, k] > 0, "share_of_plans": share,
        "verdict": verdict,
    })  # fmt: skip
    return made.sort_values(["verdict", "share_of_plans"], ascending=[True, False], kind="stable")


def cases_table(base: Found, others: list[Case]) -> pd.DataFrame:
    """Return a row for the file's plan and every case: goals, works, and how far it is from the best."""
    import pandas as pd

    every = [("as the file says", base), *((one.name, one.found) for one in others)]
    return pd.DataFrame([
        {"case": name, **found.plan.goals, "works": found.plan.works.sum(), "stations": int((found.plan.ports[-1] > 0).sum()),
         "gap": found.gap, "seconds": found.seconds}
        for name, found in every
    ])  # fmt: skip
