"""Ageing under a measured or planned use: every step and every cycle counts, in whatever order they come.

A loss Q = k x^p grows by k^(1/p) per unit of x in Z = Q^(1/p), whatever its age, so Z adds up: over hours of
different temperature and charge, over cycles of different depth, over years. A use that repeats for ever is
therefore as harmful as a steady one with

    k_cal = (mean over steps of k_cal(T, s)^(1/p))^p
    k_cyc = (sum over cycles of n d k_cyc(T, d, C)^(1/q) / sum of n d)^q       n d: full equivalent cycles

where rainflow counting (ASTM E1049-85) splits the state of charge into n whole or half cycles of depth d.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from evplan.degradation.fade import Fade, mean_rate
from evplan.degradation.predict import AgeingModel
from evplan.errors import InputError
from evplan.units import HOURS_PER_YEAR

SHALLOWEST = 1e-4  # swings below it are no cycles
MAX_SHOWN = 5


@dataclass(frozen=True)
class Cycles:
    """Rainflow cycles, arrays of shape (cycles,).

    count : 1 or 0.5 each.  depth : p.u.  temperature_c : mean over the cycle's own span, degrees Celsius.
    c_rate : mean over that span, weighted by what each step moves, 1/h.
    """

    count: np.ndarray
    depth: np.ndarray
    temperature_c: np.ndarray
    c_rate: np.ndarray

    @property
    def fec(self) -> np.ndarray:
        """Return the full equivalent cycles of each."""
        return self.count * self.depth


@dataclass(frozen=True)
class Use:
    """What a battery does, over and over: cells' temperature, and state of charge at the end of each step.

    temperature_c, soc : arrays, shape (steps,), degrees Celsius and p.u.  step_h : length of every step, h.

    Raises: InputError for series that differ in length, have gaps, or leave 0 to 1.
    """

    temperature_c: np.ndarray
    soc: np.ndarray
    step_h: float = 1.0

    def __post_init__(self) -> None:
        if np.shape(self.temperature_c) != np.shape(self.soc) or np.ndim(self.soc) != 1 or not np.size(self.soc):
            raise InputError("use: temperature_c and soc must be two series of the same length")
        within = np.isfinite(self.soc) & (np.asarray(self.soc) >= 0) & (np.asarray(self.soc) <= 1)
        bad = np.flatnonzero(~(within & np.isfinite(self.temperature_c)))
        if len(bad):
            rows = ", ".join(map(str, bad[:MAX_SHOWN] + 1)) + (" and more" if len(bad) > MAX_SHOWN else "")
            raise InputError(f"use: temperature_c must be numbers and soc lie between 0 and 1; see rows {rows}")

    @cached_property
    def cycles(self) -> Cycles:
        """Return the cycles of one repetition."""
        import rainflow

        closed = np.append(self.soc[-1], self.soc)
        swing = np.abs(np.diff(closed))
        moved, hurried, heat = (
            np.append(0.0, np.cumsum(values)) for values in (swing, swing**2 / self.step_h, self.temperature_c)
        )
        found = [cycle for cycle in rainflow.extract_cycles(closed) if cycle[0] > SHALLOWEST]
        depth, _, count, first, last = np.array(found, float).reshape(-1, 5).T
        first, last = first.astype(int), last.astype(int)
        steps = np.maximum(last - first, 1)
        rate = (hurried[last] - hurried[first]) / np.maximum(moved[last] - moved[first], SHALLOWEST)
        return Cycles(count, depth, (heat[last] - heat[first]) / steps, rate)

    @property
    def depth(self) -> np.ndarray:
        """Return the depth of each cycle, p.u."""
        return self.cycles.depth

    @property
    def c_rate(self) -> np.ndarray:
        """Return the mean C-rate of each cycle, 1/h."""
        return self.cycles.c_rate

    @property
    def cycles_per_year(self) -> float:
        """Return full equivalent cycles per year."""
        return float(self.cycles.fec.sum()) * HOURS_PER_YEAR / (len(self.soc) * self.step_h)


def fade_of_use(model: AgeingModel, use: Use) -> Fade:
    """Return the fade of a battery that repeats a use for ever."""
    cycles = use.cycles
    calendar_rate = float(mean_rate(model.calendar_rate(use.temperature_c, use.soc), model.time_exponent))
    cycle_rate, fec = 0.0, float(cycles.fec.sum())
    if fec > 0:
        rates = model.cycle_rate(cycles.temperature_c, cycles.depth, cycles.c_rate)
        cycle_rate = float((cycles.fec @ rates ** (1 / model.cycle_exponent) / fec) ** model.cycle_exponent)
    return Fade(calendar_rate, cycle_rate, model.time_exponent, model.cycle_exponent)


def read_use(path: Path) -> Use:
    """Return the use in a CSV file with columns temperature_c and soc, a row an hour; raise `InputError` otherwise."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
        series = [np.array([float(row[name]) for row in rows]) for name in ("temperature_c", "soc")]
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; give a CSV with columns temperature_c and soc, a row an hour"
        ) from None
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise InputError(f"{path}: needs numbers in columns temperature_c and soc, a row an hour ({error})") from None
    return Use(series[0], series[1])
