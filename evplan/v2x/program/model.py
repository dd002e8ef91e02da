"""The program of a world.

drawn[k], given[k]       kWh at the port of a vehicle in a step in which it is plugged in          0 <= . <= power * hours
level[k]                 kWh in its battery at the step's end                                     least <= . <= most
short[i]                 kWh that a vehicle lacks when it leaves                                   >= 0
import, export[t, x]     through a transformer's meter;  over in, out : above its limit             >= 0
peak[x, c]               highest import inside a demand charge                                    >= what it has seen

level[k] - level[k-1] - efficiency drawn[k] + given[k] / efficiency back = 0, or the level at the beginning        store
level[k] <= level[k-1] + gain(level[k-1])     by tangents: what full power brings is concave in the level (tangents.py)    taper
short[i] >= target[i] - level at departure                                                                          service
sum of a station's drawn[t] / hours <= power, and so of given: whoever is there in a step may be there together     station
load - solar + sum of (drawn - given) / step = import - export                                                      balance
import, export <= limit + over;  import <= peak                                                                     limit, peak

minimise  sum of buy import - sell export + over + peaks + wear given / efficiency back + (short + driver's price) short, less what
it would be without vehicles and what drivers pay for all they want
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from evplan.linear.affine import Affine, Total, each
from evplan.linear.columns import Columns
from evplan.linear.rows import Rows
from evplan.v2x.program.problem import Problem
from evplan.v2x.program.tangents import first_lines


def model(problem: Problem) -> Any:
    """Return the program of a problem: what it costs more than doing nothing for nobody."""
    block = pyo.ConcreteModel()
    _vehicles(block, problem)
    _taper(block, problem)
    _stations(block, problem)
    _meters(block, problem)
    block.goal = pyo.Objective(expr=Total(_cost(block, problem)))
    return block


def nobody(problem: Problem) -> float:
    """Return what it costs where nobody comes: what passes limits by itself."""
    nodes = problem.ahead.nodes
    over = np.maximum(np.abs(nodes.load_kw - nodes.solar_kw) - nodes.limit_kw, 0.0)
    return problem.prices.over * problem.step_h * float(over.sum())


def _vehicles(block: Any, problem: Problem) -> None:
    own, stay, first = problem.stays, problem.stay, problem.first
    most = problem.most_kw / own.efficiency[stay] * problem.hours
    gives = own.give_kw[stay] > 0
    block.drawn = Columns((len(stay),), upper=most)
    block.given = Columns(gives, upper=np.where(gives, own.give_kw[stay] * problem.hours, 0.0))
    block.level = Columns((len(stay),), lower=own.least[stay], upper=np.maximum(own.most, own.came)[stay])
    block.short = Columns((len(own.first),))
    level, given = each(block.level), each(block.given)
    back = level[np.maximum(np.arange(len(stay)) - 1, 0)] * np.where(first, 0.0, 1.0)
    gain = own.efficiency[stay] * each(block.drawn) - given * (1 / own.give_efficiency[stay])
    block.store = Rows(level - back - gain == np.where(first, own.came[stay], 0.0), doc="a battery keeps what it gets")
    ends = np.cumsum(np.bincount(stay, minlength=len(own.first))) - 1
    block.service = Rows(
        each(block.short) + level[ends] >= own.target, doc="what is wanted and not there when it leaves lacks"
    )
    both = gives & _burning_pays(problem)
    if both.any():
        block.draws = Columns(both, upper=1.0, whole=True)
        draws = each(block.draws)
        block.only_draws = Rows(each(block.drawn) - most * draws <= 0, both, doc="a vehicle draws or gives")
        most_given = own.give_kw[stay] * problem.hours
        block.only_gives = Rows(given + most_given * draws <= most_given, both, doc="and not both")


def _burning_pays(problem: Problem) -> np.ndarray:
    """Return in which columns drawing and giving at once could pay, bool: at negative prices, and where more may be sent than a limit."""
    out, nodes, own = problem.ahead.outside, problem.ahead.nodes, problem.stays
    meters = nodes.load_kw.shape[1]
    place = problem.step * meters + problem.transformer
    given = np.bincount(place, own.give_kw[problem.stay], problem.steps * meters).reshape(problem.steps, meters)
    sent = nodes.solar_kw - nodes.load_kw + given > nodes.limit_kw
    return ((out.buy < 0) | (out.sell < 0))[problem.step] | sent[problem.step, problem.transformer]


def _taper(block: Any, problem: Problem) -> None:
    """Add the first tangents; solve.py adds those that are needed besides."""
    column, offset, rise = first_lines(problem)
    if not len(column):
        return
    level, first = each(block.level), problem.first[column]
    back = level[np.maximum(column - 1, 0)] * np.where(first, 0.0, 1.0)
    known = np.where(first, problem.stays.came[problem.stay[column]], 0.0)
    block.taper = Rows(
        level[column] - rise * back <= offset + rise * known, doc="a battery that is nearly full takes less"
    )


def _stations(block: Any, problem: Problem) -> None:
    """Add the power that ports of a station share, where all at once could pass it."""
    own, layout, steps = problem.stays, problem.layout, problem.steps
    place, count = problem.step * len(layout.station_kw) + problem.station, steps * len(layout.station_kw)
    most = np.tile(layout.station_kw, steps)
    for name, power in (("drawn", own.charge_kw), ("given", own.give_kw)):
        crowded = np.bincount(place, power[problem.stay], count) > most * (1 + 1e-9)
        if crowded.any():
            total = (each(getattr(block, name)) * (1 / problem.hours)).sum_by(place, count)
            block.add_component(f"station_{name}", Rows(total <= most, crowded, doc="ports share a station's power"))


def _meters(block: Any, problem: Problem) -> None:
    ahead, nodes, steps, h = problem.ahead, problem.ahead.nodes, problem.steps, problem.step_h
    meters = nodes.load_kw.shape[1]
    bare = nodes.load_kw - nodes.solar_kw
    most_in, most_out = (
        np.where(problem.layout.hard, np.maximum(way * bare - nodes.limit_kw, 0.0), np.inf) for way in (1, -1)
    )
    at_node = problem.step * meters + problem.transformer
    block.imported, block.exported = Columns((steps, meters)), Columns((steps, meters))
    block.over_in, block.over_out = (
        Columns((steps, meters), upper=most_in * h),
        Columns((steps, meters), upper=most_out * h),
    )
    power = each(block.drawn) - each(block.given)
    net = power.sum_by(at_node, steps * meters)
    places = np.arange(steps * meters).reshape(steps, meters)
    imported, exported = each(block.imported), each(block.exported)
    block.balance = Rows(net[places] - imported + exported == -bare * h, doc="what comes goes")
    block.limit_in = Rows(imported - each(block.over_in) <= nodes.limit_kw * h, doc="a transformer carries so much")
    block.limit_out = Rows(exported - each(block.over_out) <= nodes.limit_kw * h, doc="either way")
    charges = len(ahead.per_kw)
    if charges:
        block.peak = Columns((meters, charges), lower=ahead.peak_kw)
        applies = np.broadcast_to(ahead.applies[:, None, :], (steps, meters, charges))
        t, x, c = np.indices(applies.shape)
        block.peaks = Rows(
            imported[t, x] - h * each(block.peak)[x, c] <= 0, applies, doc="a demand charge sees the highest import"
        )


def _cost(block: Any, problem: Problem) -> Affine:
    own, out, prices = problem.stays, problem.ahead.outside, problem.prices
    parts = [
        out.buy[:, None] * each(block.imported),
        -1.0 * out.sell[:, None] * each(block.exported),
        prices.over * (each(block.over_in) + each(block.over_out)),
        (own.wear / own.give_efficiency)[problem.stay] * each(block.given),
        (prices.short + prices.driver) * each(block.short),
    ]
    if problem.early:
        parts.append(problem.early * problem.step_h * problem.step * each(block.drawn))
    if len(problem.ahead.per_kw):
        parts.append(problem.ahead.per_kw * each(block.peak))
    return sum((part.sum() for part in parts), Affine((), -_bare(problem)))


def _bare(problem: Problem) -> float:
    """Return what it costs without vehicles, and what drivers pay for all they want."""
    ahead, own, h = problem.ahead, problem.stays, problem.step_h
    bare, out = ahead.nodes.load_kw - ahead.nodes.solar_kw, ahead.outside
    energy = h * float((out.buy[:, None] * np.maximum(bare, 0.0) - out.sell[:, None] * np.maximum(-bare, 0.0)).sum())
    seen = np.where(ahead.applies[:, None, :], bare[:, :, None], -np.inf).max(axis=0, initial=-np.inf)
    demand = float((ahead.per_kw * (np.maximum(seen, ahead.bare_peak_kw) - ahead.bare_peak_kw + ahead.peak_kw)).sum())
    return energy + demand + problem.prices.driver * float((own.target - own.came).sum())
