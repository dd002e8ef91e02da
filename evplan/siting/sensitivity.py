"""Sensitivity: the study planned again under other budgets, distances, growth and weights; what stands in every plan, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.errors import InfeasibleError, InputError, NoPlanError, StoppedError
from evplan.parallel import run_all
from evplan.siting.measure import Plan
from evplan.siting.problem import Problem, factors, problem_of
from evplan.siting.run import seek
from evplan.siting.search import Found
from evplan.siting.study import SitingStudy
from evplan.solver.outcome import Options

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Case:
    """A study that differs from the file in one respect, and what was found for it."""

    name: str
    found: Found


@dataclass(frozen=True)
class LeftOut:
    """A case for which there is no plan, and why."""

    name: str
    why: str


def studies(study: SitingStudy) -> Iterator[tuple[str, SitingStudy]]:
    """Yield studies that differ from a file's in one respect each, with what they are called."""
    for name, change in CHANGES.items():
        for part in getattr(study.sensitivity, name):
            yield f"{name} x {part:g}", study.model_copy(update=change(study, part))
    weights = study.demand.weights
    if study.sensitivity.weights and len(weights) > 1:
        for field in weights:
            yield f"weights: {field} alone", study.model_copy(update=_demand(study, weights={field: 1.0}))


def _budget(study: SitingStudy, part: float) -> dict[str, Any]:
    return {"phases": tuple(phase.model_copy(update={"budget": part * phase.budget}) for phase in study.phases)}


def _distances(study: SitingStudy, part: float) -> dict[str, Any]:
    bands = [tuple(band.model_copy(update={"km": part * band.km}) for band in kind.cover) for kind in study.types]
    return {
        "types": tuple(kind.model_copy(update={"cover": own}) for kind, own in zip(study.types, bands, strict=True))
    }


def _growth(study: SitingStudy, part: float) -> dict[str, Any]:
    grown = np.maximum(1 + part * (factors(study) - 1), 1e-6).tolist()
    return {
        "phases": tuple(
            phase.model_copy(update={"ev_factor": own}) for phase, own in zip(study.phases, grown, strict=True)
        )
    }


def _demand(study: SitingStudy, **fields: Any) -> dict[str, Any]:
    return {"demand": study.demand.model_copy(update=fields)}


def _costs(study: SitingStudy, part: float) -> dict[str, Any]:
    types = [
        kind.model_copy(
            update={field: part * getattr(kind, field) for field in ("station_cost", "port_cost", "removal_cost")}
        )
        for kind in study.types
    ]
    return {"types": tuple(types), "site_cost": part * study.site_cost}


CHANGES: dict[str, Callable[[SitingStudy, float], dict[str, Any]]] = {
    "budget": _budget, "distances": _distances, "growth": _growth, "costs": _costs,
    "demand": lambda study, part: _demand(study, kwh_per_ev_day=part * study.demand.kwh_per_ev_day),
}  # fmt: skip


def cases(
    study: SitingStudy, folder: Path, base: Found, options: Options, tell: Callable[[str, str], None] = lambda what, known: None
) -> list[Case | LeftOut]:  # fmt: skip
    """Return what is found for every case, side by side; each begins from the plan of the file where it may.

    Cases for which time is too short, that cannot keep the rules, or whose data do not fit, are said to be left out.
    """

    def solved(case: tuple[str, SitingStudy]) -> Case | LeftOut:
        name, own = case
        try:
            return planned(name, problem_of(own, folder), own)
        except (NoPlanError, InfeasibleError, InputError, StoppedError) as error:
            tell(name, "")
            return LeftOut(name, str(error).splitlines()[0])

    def planned(name: str, problem: Problem, own: SitingStudy) -> Case:
        start = replace(base, plan=Plan(problem, base.plan.ports, base.plan.steps), rivals=tuple(() for _ in own.types))
        starts = (start,) if start.plan.affordable else ()
        found = seek(problem, options, partial(tell, name), starts)[-1]
        tell(name, "")
        return Case(name, found)

    return run_all(solved, list(studies(study)), options.stop)


def regrets(base: Plan, others: Sequence[Case | LeftOut]) -> pd.DataFrame:
    """Return a row for every site and type that stands or comes in some plan: in which part of plans it stands in the last phase.

    no-regret : stands anew in every plan.  kept, gone : what stood is there in every plan, or in none.  flips : the rest.
    """
    import pandas as pd

    problem = base.problem
    plans = [base, *(one.found.plan for one in others if isinstance(one, Case))]
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


def cases_table(base: Found, others: Sequence[Case | LeftOut]) -> pd.DataFrame:
    """Return a row for the file's plan and every case: goals, works, and how far it is from the best; or why it is left out."""
    import pandas as pd

    every = [Case("as the file says", base), *others]
    return pd.DataFrame([
        {"case": one.name, **one.found.plan.goals, "works": one.found.plan.works.sum(),
         "stations": int((one.found.plan.ports[-1] > 0).sum()), "gap": one.found.gap, "seconds": one.found.seconds, "left_out": ""}
        if isinstance(one, Case) else {"case": one.name, "left_out": one.why}
        for one in every
    ])  # fmt: skip
