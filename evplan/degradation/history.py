"""Ageing under a measured or planned use: every step and every cycle counts, in whatever order they come.

A loss Q = k x^p grows by k^(1/p) per unit of x in Z = Q^(1/p), whatever its age, so Z adds up: over hours of
different temperature and charge, over cycles of different depth, over years. A use that repeats for ever is
therefore as harmful as a steady one with

    k_cal = (mean over steps of k_cal(T, s)^(1/p))^p
    k_cyc = (sum over cycles of n d k_cyc(T, d, C)^(1/q) / sum of n d)^q       n d: full equivalent cycles

where rainflow counting (ASTM E1049-85) splits the state of charge, from its maximum on, into whole cycles of depth d.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from evplan.degradation.fade import Fade, mean_rate
from evplan.degradation.laws import Rates
from evplan.degradation.predict import OF_CYCLES, WORDS, AgeingModel
from evplan.errors import InputError
from evplan.paths import sized
from evplan.units import HOURS_PER_DAY, HOURS_PER_YEAR

SHALLOWEST = 1e-4  # swings below it are no cycles
MAX_SHOWN = 5
COLDEST_C, WARMEST_C = -60.0, 100.0  # beyond, a temperature is in another unit or a fault
NOTED = 0.1  # of the hours, or of the cycles: a smaller share outside the model's range is not worth a word


@dataclass(frozen=True)
class Cycles:
    """Rainflow cycles, arrays of shape (cycles,).

    count : 1 each.  depth : p.u.  temperature_c : of the cells while they are charged, degrees Celsius.
    c_rate, charge_c_rate : mean over all steps and over those that charge, weighted by what each moves, 1/h.
    All over the cycle's whole span, until the charge is back where it was.
    """

    count: np.ndarray
    depth: np.ndarray
    temperature_c: np.ndarray
    c_rate: np.ndarray
    charge_c_rate: np.ndarray

    @property
    def fec(self) -> np.ndarray:
        """Return the full equivalent cycles of each."""
        return self.count * self.depth


@dataclass(frozen=True)
class Use:
    """What a battery does, over and over: cells' temperature, and state of charge at the end of each step.

    temperature_c, soc : arrays, shape (steps,), degrees Celsius and p.u.  step_h : length of every step, h.
    block : int array, shape (steps,), ascending, or None   Charge ends each block where it began it.

    Raises: InputError for series that differ in length, have gaps, or leave 0 to 1.
    """

    temperature_c: np.ndarray
    soc: np.ndarray
    step_h: float = 1.0
    block: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in ("temperature_c", "soc"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), float))
        if self.temperature_c.shape != self.soc.shape or self.soc.ndim != 1 or not self.soc.size:
            raise InputError("use: temperature_c and soc must be two series of the same length, a row or more")
        if not self.step_h > 0 or (self.block is not None and len(self.block) != len(self.soc)):
            raise InputError("use: step_h must be above 0 and block as long as soc")
        within = (self.soc >= 0) & (self.soc <= 1)
        bad = np.flatnonzero(~(within & (self.temperature_c >= COLDEST_C) & (self.temperature_c <= WARMEST_C)))
        if len(bad):
            rows = ", ".join(map(str, bad[:MAX_SHOWN] + 1)) + (" and more" if len(bad) > MAX_SHOWN else "")
            allowed = f"temperature_c must lie between {COLDEST_C:g} and {WARMEST_C:g} °C and soc between 0 and 1"
            raise InputError(f"use: {allowed}; see rows {rows}")

    @cached_property
    def mean_soc(self) -> np.ndarray:
        """Return the mean state of charge of each step, shape (steps,), p.u.; a block's first follows its last."""
        before = np.roll(self.soc, 1)
        blocks = np.zeros(len(self.soc)) if self.block is None else self.block
        first = np.flatnonzero(np.diff(blocks, prepend=blocks[0] - 1))
        before[first] = self.soc[np.append(first[1:], len(self.soc)) - 1]
        return (before + self.soc) / 2

    @cached_property
    def cycles(self) -> Cycles:
        """Return the cycles of one repetition."""
        blocks = np.zeros(len(self.soc)) if self.block is None else self.block
        cuts = np.flatnonzero(np.diff(blocks)) + 1
        parts = zip(np.split(self.temperature_c, cuts), np.split(self.soc, cuts), strict=True)
        found = [self._counted(temperature_c, soc) for temperature_c, soc in parts]
        return Cycles(*(np.concatenate(series) for series in zip(*found, strict=True)))

    def _counted(self, temperature_c: np.ndarray, soc: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return count, depth, temperature and rates of the cycles of one block, which closes on itself.

        Counting begins where the block is fullest, so that every cycle closes and none depends on where the block begins.
        """
        full = int(np.argmax(soc))
        closed = np.append(np.roll(soc, -full), soc[full])
        warm = np.append(0.0, np.cumsum(np.roll(temperature_c, -full - 1)))  # of the step that ends at each later point
        swing = np.diff(closed)
        depth, first, last = whole_cycles(closed)
        spans = np.maximum(last - first, 1)
        ups = np.maximum(swing, 0.0)
        charged = np.append(0.0, np.cumsum(ups))
        heat = np.append(0.0, np.cumsum(ups * np.diff(warm)))
        taken = charged[last] - charged[first]
        mean_c = (warm[last] - warm[first]) / spans
        cycle_c = np.where(taken > 0, (heat[last] - heat[first]) / np.maximum(taken, SHALLOWEST), mean_c)
        rates = (self._mean_rate(moves, first, last) for moves in (np.abs(swing), ups))
        return np.ones(len(depth)), depth, cycle_c, *rates

    def _mean_rate(self, moves: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Return the mean rate of each span's moves, weighted by their size, 1/h."""
        moved, hurried = (np.append(0.0, np.cumsum(values)) for values in (moves, moves**2 / self.step_h))
        return (hurried[last] - hurried[first]) / np.maximum(moved[last] - moved[first], SHALLOWEST)

    @property
    def depth(self) -> np.ndarray:
        """Return the depth of each cycle, p.u."""
        return self.cycles.depth

    @property
    def c_rate(self) -> np.ndarray:
        """Return the mean C-rate of each cycle, 1/h."""
        return self.cycles.c_rate

    @property
    def charge_c_rate(self) -> np.ndarray:
        """Return the mean charging rate of each cycle, 1/h."""
        return self.cycles.charge_c_rate

    @property
    def cycles_per_year(self) -> float:
        """Return full equivalent cycles per year."""
        return float(self.cycles.fec.sum()) * HOURS_PER_YEAR / (len(self.soc) * self.step_h)


def whole_cycles(closed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return depth, first and last place of every rainflow cycle of a series that begins and ends at its maximum.

    A cycle ends where the series is back at the charge it began with. Counted from the maximum, half cycles come in pairs,
    down and up again: each pair is one cycle.
    """
    import rainflow

    turns = np.append(0, turning_points(closed))
    depth: list[float] = []
    first: list[int] = []
    last: list[int] = []
    down: int | None = None
    for size, _, count, begin, end in rainflow.extract_cycles(closed[turns]):
        if size <= SHALLOWEST:
            continue
        begins, ends = int(turns[begin]), int(turns[end])
        if count < 1 and down is None:
            down = begins
            continue
        if down is not None and count < 1:
            begins, down = down, None
        else:
            ends = back_at(closed, ends, closed[begins])
        depth.append(size)
        first.append(begins)
        last.append(ends)
    return np.array(depth), np.array(first, int), np.array(last, int)


def back_at(series: np.ndarray, start: int, level: float) -> int:
    """Return the first place after `start` at which a series is back at or beyond a level; its last if rounding hides that."""
    above, reach = series[start] > level, 32
    while True:
        part = series[start + 1 : start + 1 + reach]
        found = np.flatnonzero(part <= level if above else part >= level)
        if len(found):
            return start + 1 + int(found[0])
        if start + 1 + reach >= len(series):
            return len(series) - 1
        reach *= 4


def turning_points(series: np.ndarray) -> np.ndarray:
    """Return the places, from 1 on, where a series turns, and its last; rainflow counting needs no others."""
    moving = np.flatnonzero(np.diff(series))
    rising = np.diff(series)[moving] > 0
    return np.append(moving[1:][rising[1:] != rising[:-1]], len(series) - 1)


def fade_of_use(rates: Rates, use: Use) -> Fade:
    """Return the fade (or growth of resistance) of a battery that repeats a use for ever."""
    cycles = use.cycles
    calendar_rate = float(mean_rate(rates.calendar_rate(use.temperature_c, use.mean_soc), rates.time_exponent))
    cycle_rate, fec = 0.0, float(cycles.fec.sum())
    if fec > 0:
        each = rates.cycle_rate(cycles.temperature_c, cycles.depth, cycles.c_rate, cycles.charge_c_rate)
        cycle_rate = float((cycles.fec @ each ** (1 / rates.cycle_exponent) / fec) ** rates.cycle_exponent)
    return Fade(calendar_rate, cycle_rate, rates.time_exponent, rates.cycle_exponent)


def use_warnings(model: AgeingModel, use: Use) -> list[str]:
    """Return one sentence for each feature that leaves the model's valid range for much of the use."""
    sentences = []
    for name, (low, high) in model.valid_range.items():
        values, of_cycles = np.asarray(getattr(use, name), float), name in OF_CYCLES
        weight = use.cycles.fec if of_cycles else np.ones(len(values))
        outside = float(weight[(values < low) | (values > high)].sum()) / max(float(weight.sum()), SHALLOWEST)
        if outside > NOTED:
            called, unit = WORDS[name]
            share = f"{outside:.0%} of the {'cycles' if of_cycles else 'hours'}"
            held = f"{low:g} to {high:g}{unit}, where the {model.chemistry.upper()} model holds"
            sentences.append(f"{called}: {share} leave {held}; it extrapolates there")
    return sentences


def mean_fade(fades: list[Fade], cycles_per_year: list[float]) -> tuple[Fade, float]:
    """Return the fade and the cycles of a battery that spends equal times at several uses."""
    p, q, cycles = fades[0].time_exponent, fades[0].cycle_exponent, float(np.mean(cycles_per_year))
    calendar_rate = float(mean_rate(np.array([fade.calendar_rate for fade in fades]), p))
    z = np.mean([fade.cycle_rate ** (1 / q) * n for fade, n in zip(fades, cycles_per_year, strict=True)])
    return Fade(calendar_rate, float((z / cycles) ** q) if cycles > 0 else 0.0, p, q), cycles


def read_use(path: Path) -> Use:
    """Return the use in a CSV file with columns temperature_c and soc, a row an hour; raise `InputError` otherwise."""
    try:
        with sized(path).open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
        series = [np.array([float(row[name]) for row in rows]) for name in ("temperature_c", "soc")]
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; give a CSV with columns temperature_c and soc, a row an hour"
        ) from None
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise InputError(f"{path}: needs numbers in columns temperature_c and soc, a row an hour ({error})") from None
    if len(series[0]) < HOURS_PER_DAY:
        raise InputError(f"{path}: has {len(series[0])} rows; give at least a day of hours, better a year")
    return Use(series[0], series[1])
