"""Expected charging demand: the mean, over all draws, of the energy that vehicles want at each step.

A session arrives evenly within its step, wants log-normal energy E and takes it at constant power P. Of a mean
session, the k-th step after its arrival therefore gets

    kernel[k] = P/h * integral over tau >= 0 of S(tau) max(0, h - |tau - k h|)    S(tau) = probability that E/P > tau

with h the step's length; the kernel sums to the mean energy. Expected demand is arrivals times kernel.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from evplan.instance.site import Demand, Energy
from evplan.parameters.clock import Clock
from evplan.parameters.draws import arrivals_per_step
from evplan.parameters.sessions import Years, levels

POINTS = 500  # of the integral, per step; with 100 the kernel is 1e-5 off
TAIL = 1e-7  # sessions longer than this share of all are cut


def expected_kwh(demand: Demand, clock: Clock, years: Years, port_kw: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the mean energy that vehicles want, shape (years, steps), kWh; a measured series is its own mean.

    port_kw : array, shape (years,)   Power at which a session charges, kW.
    drawn : array, shape (years, steps)   What was drawn or measured, kWh.
    """
    if demand.load_kw is not None or demand.energy_kwh is None:
        return drawn
    arrivals = arrivals_per_step(demand, clock)
    growth = levels(demand, years)
    kernels = [kernel_kwh(demand.energy_kwh, power, float(clock.step_h[0])) for power in port_kw]
    return np.array([g * spread_mean(arrivals, kernel, clock) for g, kernel in zip(growth, kernels, strict=True)])


def kernel_kwh(energy: Energy, power_kw: float, step_h: float) -> np.ndarray:
    """Return the mean energy a session takes in its own step, the next, and so on, kWh; it sums to the mean energy."""
    sigma = np.sqrt(np.log1p((energy.sd / energy.mean) ** 2))
    median_h = energy.mean / power_kw * np.exp(-(sigma**2) / 2)
    longest_h = median_h * np.exp(sigma * ndtri(1 - TAIL))
    steps = int(np.ceil(longest_h / step_h)) + 1
    tau = (np.arange(steps * POINTS) + 0.5) / POINTS * step_h
    going = ndtr(-np.log(tau / median_h) / sigma) if sigma > 0 else (tau < median_h).astype(float)
    rising = (np.arange(POINTS) + 0.5) / POINTS
    own = going.reshape(steps, POINTS) @ rising[::-1]  # of tau in [k h, (k + 1) h]
    before = np.append(0.0, going.reshape(steps, POINTS)[:-1] @ rising)  # of tau in [(k - 1) h, k h]
    kernel = power_kw * step_h / POINTS * (own + before)
    return kernel * energy.mean / kernel.sum()


def spread_mean(arrivals: np.ndarray, kernel: np.ndarray, clock: Clock) -> np.ndarray:
    """Return energy per step of mean sessions; what runs past a block's end goes on at its beginning."""
    total, at = np.zeros(clock.steps), np.arange(clock.steps)
    for given in kernel:
        np.add.at(total, at, arrivals * given)
        at = clock.next_step[at]
    return total
