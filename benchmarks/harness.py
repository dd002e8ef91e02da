"""Run peers and evplan alternately on the same work and print seconds, medians and ratios."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, Any]  # at least {"objective": float}; may say {"capped": True}


def alternate(runners: dict[str, Callable[[], Answer]], rounds: int) -> dict[str, list[tuple[float, Answer]]]:
    """Return (seconds, answer) of every run; the runners take turns so that a slow spell hits all alike."""
    results: dict[str, list[tuple[float, Answer]]] = {name: [] for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            begun = time.perf_counter()
            answer = runner()
            results[name].append((time.perf_counter() - begun, answer))
    return results


def report(results: dict[str, list[tuple[float, Answer]]], ours: str) -> dict[str, float]:
    """Print a line per runner and return the median ratio of each peer to ours."""
    median = {name: statistics.median(seconds for seconds, _ in runs) for name, runs in results.items()}
    for name, runs in results.items():
        capped = " (capped)" if any(answer.get("capped") for _, answer in runs) else ""
        objective = runs[-1][1]["objective"]
        print(
            f"{name:28s} {median[name]:8.2f} s{capped:9s} ratio {median[name] / median[ours]:6.2f}  objective {objective:,.0f}"
        )
    return {name: median[name] / median[ours] for name in results if name != ours}


def arguments(description: str) -> argparse.Namespace:
    """Return the command line every benchmark shares."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures as the last line")
    parser.add_argument("--rounds", type=int, default=3, help="counted runs of each (median is quoted)")
    parser.add_argument("--cap", type=float, default=300.0, help="seconds after which a peer is stopped and counted so")
    return parser.parse_args()


def finish(figures: dict[str, Any], as_json: bool) -> None:
    """Print the figures, as JSON on one line if asked."""
    print(json.dumps(figures) if as_json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


def peers_python(name: str, packages: tuple[str, ...]) -> str:
    """Return the Python of an environment of peers: the one that NAME_PEERS gives, or build/NAME-peers, made once."""
    if given := os.environ.get(f"{name.upper()}_PEERS"):
        return given
    place = Path(__file__).parent.parent / "build" / f"{name}-peers"
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    return str(python)
