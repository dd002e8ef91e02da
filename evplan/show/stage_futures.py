"""What `evplan stages --futures` prints and writes: what to build now, what later in which future, and at which use of the chargers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.csvs import write_csv
from evplan.errors import NoPlanError
from evplan.report import words
from evplan.report.sealed import clean, seal
from evplan.show.plan import console
from evplan.show.stages import building_cells, building_table, flow_columns, stage_row, utilisation, with_whole_counts
from evplan.studies.stage_futures import SiteTree, TreeRun
from evplan.studies.stages import stages_flow

if TYPE_CHECKING:
    import pandas as pd

APART = 0.005  # of rated energy: uses that are nearer to each other are no sign
FEW = 8  # futures that are shown line by line; of more, the range


def tree_table(run: TreeRun) -> pd.DataFrame:
    """Return one row per site, future and stage: what is added, what stands after it, the use of the chargers before it is due."""
    import pandas as pd

    rows = []
    for site in run.sites:
        for future, stages in zip(run.futures, site.stages, strict=True):
            used: float | None = None
            for number, stage in enumerate(stages):
                row = stage_row(future.read.instance, stage)
                rows.append({
                    "site": site.name, "future": future.name, "probability": future.probability, "stage": number + 1, **row,
                    "used_before_share": used,
                })  # fmt: skip
                used = utilisation(future.read.instance, stage)
    return with_whole_counts(pd.DataFrame(rows))


def tree_summary(run: TreeRun) -> dict[str, Any]:
    """Return the figures of a run, for summary.json."""
    table = tree_table(run)
    return clean({
        "kind": "stages-futures", "currency": run.at_once.read.instance.finance.currency,
        "instance_sha256": run.at_once.read.hash, "status": run.status,
        "futures": {future.name: future.probability for future in run.futures},
        "objective": run.objective, "bound": run.bound, "gap": run.gap,
        "npv_expected": float(run.probability @ run.npv), "npv_lowest": float(run.npv.min()), "npv_highest": float(run.npv.max()),
        "sites": {site.name: _site(run, site, table[table["site"] == site.name]) for site in run.sites},
        "worst_residual": _worst(run), "seconds": run.seconds,
    })  # fmt: skip


def _site(run: TreeRun, site: SiteTree, own: pd.DataFrame) -> dict[str, Any]:
    values = _values(run, site)
    rows = own.drop(columns="site").astype(object)
    return {
        "objective": site.objective, "bound": site.bound, "npv": dict(zip((f.name for f in run.futures), site.npv.tolist(), strict=True)),
        "value_of_planning_for_all": values[0], "value_of_waiting_to_see": values[1], "value_of_knowing": values[2],
        "due": list(due(run, site)), "stages": rows.where(rows.notna(), None).to_dict("records"),
    }  # fmt: skip


def _values(run: TreeRun, site: SiteTree) -> tuple[float, float, float]:
    """Return what planning for all futures, waiting to see, and knowing are worth; infinite or NaN where the other way cannot be told."""
    known = float(run.probability @ site.known)
    return site.objective - site.central, site.objective - site.alike, known - site.objective


def _worst(run: TreeRun) -> float:
    return max(stage.verdict.worst for site in run.sites for stages in site.stages for stage in stages)


def due(run: TreeRun, site: SiteTree) -> Iterator[str]:
    """Yield, for each later stage, at which use of the chargers that stand more are added, where use tells."""
    for s in range(1, len(run.stages)):
        year, used, adds = run.stages[s].first, [], []
        for future, stages in zip(run.futures, site.stages, strict=True):
            used.append(utilisation(future.read.instance, stages[s - 1]) or 0.0)
            before = {c.name: c.existing for c in stages[s].numbers.chargers}
            adds.append(any(n > before[name] for name, n in stages[s].plan.chargers.items()))
        use, more = np.array(used), np.array(adds)
        if more.all() or not more.any():
            yield f"before year {year}: {'chargers are' if more.all() else 'no chargers are'} added, whatever comes"
        elif use[more].min() > use[~more].max() + APART:
            yield (
                f"before year {year}: add chargers if those that stand sell at least {use[more].min():.1%} of their rated energy in year "
                f"{year - 1} (so in {more.sum()} of {len(more)} futures; in the others they sell at most {use[~more].max():.1%})"
            )
        else:
            yield (
                f"before year {year}: chargers are added in {more.sum()} of {len(more)} futures; use in year {year - 1} is no sign "
                f"({_span(use[more])} with, {_span(use[~more])} without)"
            )


def _span(use: np.ndarray) -> str:
    low, high = f"{use.min():.1%}", f"{use.max():.1%}"
    return low if low == high else f"{low} to {high}"


def write_tree(run: TreeRun, folder: Path) -> None:
    """Write summary.json, stages.csv and cashflow.csv, one row per future, stage or year."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "stages.csv", tree_table(run))
    parts = []
    for i, site in enumerate(run.sites):
        for future, stages in zip(run.futures, site.stages, strict=True):
            flow = stages_flow(run.at_once, i, future.read.instance, stages)
            years = np.arange(len(flow.net))
            parts.append(pd.DataFrame({"site": site.name, "future": future.name, "year": years, **flow_columns(flow)}))
    write_csv(folder / "cashflow.csv", pd.concat(parts))
    seal(folder, tree_summary(run), ("stages.csv", "cashflow.csv"))


def show_tree(run: TreeRun, folder: Path) -> int:
    """Print what to build now and later, and what other ways would give up; return the exit code."""
    currency, table = run.at_once.read.instance.finance.currency, tree_table(run)
    shown = building_table(
        f"what to build now, and what later in each future ({len(run.futures)}); construction in {currency} of its year",
        ("site", "before year", "future"),
    )
    for name, own in table.groupby("site", sort=False):
        for number, (year, future, row) in enumerate(_lines(own)):
            shown.add_row("" if number else str(name), year, future, *row)
    console.print(shown)
    npv = run.npv
    console.print(
        f"{words.STATUS[run.status]}; expected objective {words.money(run.objective, currency)}, bound {words.money(run.bound, currency)}, "
        f"gap {words.percent(run.gap, 3)}; expected net present value, with what stands there, "
        f"{words.money(float(run.probability @ npv), currency)} ({words.money(float(npv.min()), currency)} to "
        f"{words.money(float(npv.max()), currency)})"
    )
    for site in run.sites:
        for told in (*due(run, site), *_other_ways(run, site, currency)):
            console.print(f"{site.name}: {told}")
    if len(run.futures) > FEW:
        console.print(
            "least, middle and most are those of each column by itself, not of one future; every future is in stages.csv"
        )
    if any(site.demand.managed is not None for site in run.at_once.read.instance.sites):
        console.print(
            "note: what was learnt of single vehicles that stay holds for those of the file as it stands; in futures they are planned "
            "between their walls alone, so figures are upper bounds"
        )
    said = run.at_once.read.instance.futures
    if said is not None and said.tail_weight:
        console.print("note: stages look at the expected value; futures.tail_weight holds for `evplan futures`")
    console.print(
        f"every stage of every future checked against what stood before it: worst residual {_worst(run):.1e}; {run.seconds:.0f} s in all"
    )
    for kept in run.at_once.kept_offers:
        console.print(f"note: {kept}")
    console.print(f"tables: {folder / 'stages.csv'}, cashflow.csv, summary.json")
    return 0 if run.status == "optimal" else NoPlanError.exit_code


def _lines(own: pd.DataFrame) -> Iterator[tuple[str, str, list[str]]]:
    """Yield year, future and cells of each line: the first stage once, later ones by future, or their range."""
    for stage, of_stage in own.groupby("stage"):
        rows = of_stage.to_dict("records")
        year = str(rows[0]["first_year"])
        if stage == 1:
            yield year, "any", building_cells(rows[0])
        elif len(rows) <= FEW:
            for row in rows:
                yield year, str(row["future"]), building_cells(row)
        else:
            yield year, f"least of {len(rows)}", building_cells(_extreme(of_stage, "min"))
            yield year, "middle", building_cells(_extreme(of_stage, "median"))
            yield year, "most", building_cells(_extreme(of_stage, "max"))


def _extreme(of_stage: pd.DataFrame, which: str) -> dict[str, Any]:
    """Return the least, middle or most of every column: each for itself, so not one future's."""
    numbers = of_stage.drop(columns=["site", "future"]).agg(which)
    return {name: int(value + 0.5) if name.endswith("_added") else value for name, value in numbers.items()}


def _other_ways(run: TreeRun, site: SiteTree, currency: str) -> Iterator[str]:
    """Yield what each other way of building gives up, in words."""
    for_all, waiting, knowing = _values(run, site)
    said = (
        ("keeping the first stage of the file as it stands", for_all),
        ("building later stages alike whatever comes", waiting),
    )
    for what, lost in said:
        if np.isnan(lost) or site.status != "optimal":
            yield f"what {what} would give up was not settled in time"
        elif np.isinf(lost):
            yield f"{what} cannot serve what is owed in every future"
        else:
            yield f"{what} would give up {words.money(max(0.0, lost), currency)} of the expected objective"
    if np.isfinite(knowing) and site.status == "optimal":
        yield f"knowing the future now would bring {words.money(max(0.0, knowing), currency)}"
        yield f"these are known to ± {words.money(site.bound - site.objective, currency)}"
    else:
        yield "what knowing the future now would bring was not settled in time"
