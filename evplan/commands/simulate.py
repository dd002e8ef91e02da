"""The world of ports and vehicles: policies side by side on the same days, beside the best that could have been done."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from evplan.commands.asked import says
from evplan.commands.once import Again, once

if TYPE_CHECKING:
    from evplan.worker import Tell

POLICY = Parameter(
    help="One or several: as-fast, as-late, as-late-rated, round-robin, earliest-deadline, least-laxity, nothing, random, mpc, "
    "mpc-perfect, optimum, or the .zip that `evplan learn` wrote; left out: as-fast, as-late, mpc, optimum.",
    negative="",
    consume_multiple=True,
)
USUAL = ("as-fast", "as-late", "mpc", "optimum")
REPORTS = Parameter(help="One or both; left out: html.", negative="", consume_multiple=True)


def simulate(
    file: Path,
    *,
    policy: Annotated[list[str] | None, POLICY] = None,
    days: Annotated[int, says("How many worlds, each from a seed of its own.")] = 5,
    seed: Annotated[int, says("Of the first; the others follow.")] = 0,
    record: Annotated[bool, says("Write every step of every port of the first world, for each policy.")] = False,
    format: Annotated[list[Literal["html", "pdf"]] | None, REPORTS] = None,
    output: Annotated[Path | None, says("Folder of the results; left out: reports/NAME.")] = None,
    again: Again = False,
) -> int:
    """Let policies charge the vehicles of a v2x file, on the same days, and compare them with the best that could have been done.

    FILE: a world (`evplan new --kind v2x`), the folder of a recorded trace, or a benchmark instance (.json).
    """
    from evplan.commands.asked import report_folder
    from evplan.compiled import telling
    from evplan.show.simulate import show_simulation
    from evplan.v2x.results import compare_and_write
    from evplan.v2x.run import world_work

    folder, policies = report_folder(output, file), policy or list(USUAL)
    work = world_work(file, policies, days=days, seed=seed, record=record, format=format)

    def do(progress: Tell, _: threading.Event) -> dict[str, Any]:
        with telling(_compiles):
            return compare_and_write(file, policies, days, seed, record, folder, format or ("html",), progress)

    return once(
        work,
        folder,
        do,
        lambda said: show_simulation(said, folder),
        elsewhere=output is None,
        again=again,
        stoppable=False,
    )


def _compiles() -> None:
    """Tell why the first world takes longer."""
    print("compiling the world for this machine: some seconds, once", file=sys.stderr, flush=True)


def learn(
    file: Path,
    *,
    steps: Annotated[int, says("Steps of worlds to learn from.")] = 500_000,
    seed: Annotated[int, says("The same seed learns the same.")] = 0,
    output: Annotated[Path, says("File of the policy, .zip.")] = Path("policy.zip"),
) -> None:
    """Learn a policy by PPO in the worlds of a v2x file; `evplan simulate FILE --policy policy.zip` lets it act. Needs evplan[learn]."""
    from evplan.commands.progress import live
    from evplan.errors import InputError
    from evplan.paths import replacing, require_file
    from evplan.v2x.gym.needed import needed

    if output.suffix != ".zip":
        raise InputError(f"--output must end in .zip (got {output})")
    if steps < 1:
        raise InputError(f"--steps must be 1 or more (got {steps})")
    require_file(output)
    needed()
    from evplan.v2x.gym.learn import learn as learn_in
    from evplan.v2x.read import read_world
    from evplan.v2x.setting import setting_of

    setting = setting_of(read_world(file).site, file.parent)
    currency = setting.site.currency
    with live() as progress:
        model = learn_in(
            setting,
            steps,
            seed,
            lambda done, worth: progress("learning", f"{done / steps:.0%}, {worth:,.2f} {currency} a world"),
        )
    with replacing(output) as path:
        model.save(path.with_suffix(".zip"))
        path.with_suffix(".zip").replace(path)
    print(f"{output}: learned from {steps:,} steps. Next: evplan simulate {file} --policy as-fast {output} optimum")
