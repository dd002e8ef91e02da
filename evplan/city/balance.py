"""The rule-based balance: every hour of many cities and years, energy accounted for to the last watt-hour.

    wanted(t)     = demand(t) + backlog(t-1), of it no more at once than the charge points carry
    wanted        served by renewables, then by the battery (not in cheap hours), then by the grid up to its limit
    backlog(t)    = min(what is left, what vehicles can put off)        unmet(t) = the rest, and what still waits when all ends
    surplus       of renewables into the battery, then the grid up to its limit, the rest curtailed
    cheap hours   the battery fills up from the grid
    stored(t)     = stored(t-1) + charge_efficiency charge(t) - discharge(t) / discharge_efficiency

Arrays run over hours first: shape (hours, columns), a column for each city and year. A year begins with what the one before it
left: all run side by side as if they began empty, and the first days of each are run again from where the one before ended, until
they meet what was found, which they do at the first full or empty battery.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

CHECKED_EVERY = 24  # hours
AGAIN = 14 * 24  # hours that are run again at a time
TINY_KWH = 1e-6  # what counts as nothing where an hour has no energy at all
MET = 1e-13  # relative: two runs that are so near one another go on alike


@dataclass(frozen=True)
class Supply:
    """What meets a city's demand, shape (columns,) each. Powers in kW, energy in kWh; an hour of a power is so many kWh.

    put_off_kwh : most that vehicles can wait for.  serve_kw : most that the charge points carry, what waited included.
    begins : whether a column is the first year of its city.
    """

    storage_kwh: np.ndarray
    charge_kw: np.ndarray
    discharge_kw: np.ndarray
    charge_efficiency: np.ndarray
    discharge_efficiency: np.ndarray
    import_kw: np.ndarray
    export_kw: np.ndarray
    put_off_kwh: np.ndarray
    serve_kw: np.ndarray
    begins: np.ndarray

    @property
    def ends(self) -> np.ndarray:
        """Return whether a column is the last year of its city."""
        return np.append(self.begins[1:], True)

    def of(self, columns: np.ndarray) -> Supply:
        """Return some of the columns."""
        return Supply(**{field.name: getattr(self, field.name)[columns] for field in fields(self)})


@dataclass(frozen=True)
class Balance:
    """What happened in every hour, shape (hours, columns), kWh; stored and backlog are at the hour's end.

    imported : from the grid, into vehicles and the battery.  from_grid : what of it went into the battery.
    """

    demand: np.ndarray
    renewable: np.ndarray
    supply: Supply
    imported: np.ndarray
    from_grid: np.ndarray
    charge: np.ndarray
    discharge: np.ndarray
    exported: np.ndarray
    curtailed: np.ndarray
    stored: np.ndarray
    backlog: np.ndarray
    unmet: np.ndarray

    def of(self, columns: np.ndarray) -> Balance:
        """Return some of the columns; years of a city belong together."""
        lines = {field.name: getattr(self, field.name)[:, columns] for field in fields(self) if field.name != "supply"}
        return Balance(**lines, supply=self.supply.of(columns))

    @property
    def served(self) -> np.ndarray:
        """Return what vehicles got."""
        return self.renewable + self.imported + self.discharge - self.charge - self.exported - self.curtailed


Track = dict[str, np.ndarray]
KEPT = ("imported", "from_grid", "charge", "discharge", "exported", "curtailed", "stored", "backlog", "unmet")

WRITTEN = ("charge", "discharge", "imported", "unmet", "exported", "curtailed", "stored", "backlog")  # hour by hour


def balance(demand: np.ndarray, renewable: np.ndarray, cheap: np.ndarray, supply: Supply) -> Balance:
    """Return the rule-based balance.

    demand, renewable : arrays, shape (hours, columns), kWh.  cheap : whether the grid fills the battery, bool, the same shape.
    """
    hours, columns = demand.shape
    track = {name: np.zeros((hours, columns)) for name in KEPT}
    nothing = np.zeros(columns)
    _run(demand, renewable, cheap, supply, track, nothing, nothing)
    _join_years(demand, renewable, cheap, supply, track)
    track["unmet"][-1] += np.where(supply.ends, track["backlog"][-1], 0.0)
    track["backlog"][-1, supply.ends] = 0.0
    return Balance(demand, renewable, supply, **track)


def conserved(found: Balance) -> float:
    """Return the largest part of energy that any hour makes or loses, of that hour's own flows and stores; 0 is exact.

    Recomputed from the flows: what vehicles want is served, put off or unmet; the battery keeps what it gets; nothing is negative or
    beyond its limit; nothing that is bought for vehicles is sold in the same hour.
    """
    supply = found.supply
    scale = TINY_KWH + found.demand + found.renewable + supply.storage_kwh + found.backlog + found.imported
    kept = before(found.backlog, supply) + found.demand - found.backlog - found.unmet - found.served
    stored = (
        before(found.stored, supply)
        + supply.charge_efficiency * found.charge
        - found.discharge / supply.discharge_efficiency
    )
    below = np.minimum.reduce([getattr(found, name) for name in (*KEPT, "served")])
    full = np.maximum(
        supply.storage_kwh, before(found.stored, supply)
    )  # a smaller battery may take over more than it holds
    beyond = [
        found.stored - full, found.imported - supply.import_kw, found.backlog - supply.put_off_kwh, found.exported - supply.export_kw,
        found.charge - supply.charge_kw, found.discharge - supply.discharge_kw, found.served - supply.serve_kw,
        found.from_grid - found.imported, np.minimum(found.imported - found.from_grid, found.exported),
    ]  # fmt: skip
    wrong = (kept, stored - found.stored, np.minimum(below, 0.0), *(np.maximum(over, 0.0) for over in beyond))
    return max(float(np.max(np.abs(one) / scale)) for one in wrong)


def before(series: np.ndarray, supply: Supply) -> np.ndarray:
    """Return a series an hour later, each year after the one before it; nothing before a city's first."""
    earlier = np.empty_like(series)
    earlier[1:] = series[:-1]
    earlier[0] = np.where(supply.begins, 0.0, np.roll(series[-1], 1))
    return earlier


def _run(
    demand: np.ndarray, renewable: np.ndarray, cheap: np.ndarray, supply: Supply, track: Track, stored: np.ndarray,
    backlog: np.ndarray, known: Track | None = None,
) -> int:  # fmt: skip
    """Run hours in place until they end, or meet what is known; return how many.

    stored, backlog : at the beginning, shape (columns,).  known : of a run from another beginning.
    """
    into, out = supply.charge_efficiency, supply.discharge_efficiency
    per_into, per_out = 1.0 / into, 1.0 / out
    anywhere = np.asarray(cheap.any(axis=1))
    storage_kwh, charge_kw, discharge_kw = supply.storage_kwh, supply.charge_kw, supply.discharge_kw
    import_kw, export_kw = supply.import_kw, supply.export_kw
    put_off_kwh, serve_kw = supply.put_off_kwh, supply.serve_kw
    shrinks = bool((stored > storage_kwh).any())  # what a smaller battery takes over may be more than it holds
    wanted, lacking, surplus, room, held = (np.empty(len(into)) for _ in range(5))
    rows = zip(demand, renewable, *(track[name] for name in WRITTEN), strict=True)
    for t, (asked, given, charge, discharge, bought, unmet, exported, curtailed, kept, waits) in enumerate(rows):
        np.add(asked, backlog, out=held)
        np.minimum(held, serve_kw, out=wanted)
        np.subtract(held, wanted, out=held)
        np.minimum(given, wanted, out=lacking)
        np.subtract(given, lacking, out=surplus)
        np.subtract(wanted, lacking, out=lacking)
        np.subtract(storage_kwh, stored, out=room)
        if shrinks:
            np.maximum(room, 0.0, out=room)
        room *= per_into
        np.minimum(surplus, charge_kw, out=charge)
        np.minimum(charge, room, out=charge)
        np.subtract(surplus, charge, out=surplus)
        np.minimum(surplus, export_kw, out=exported)
        np.subtract(surplus, exported, out=curtailed)
        np.multiply(stored, out, out=discharge)
        np.minimum(discharge, discharge_kw, out=discharge)
        np.minimum(discharge, lacking, out=discharge)
        if anywhere[t]:
            discharge[cheap[t]] = 0.0
        lacking -= discharge
        np.minimum(lacking, import_kw, out=bought)
        lacking -= bought
        lacking += held
        np.minimum(lacking, put_off_kwh, out=waits)
        np.subtract(lacking, waits, out=unmet)
        if anywhere[t]:
            _fill_up(cheap[t], supply, track["from_grid"][t], charge, bought, room)
        np.multiply(charge, into, out=kept)
        kept += stored
        np.multiply(discharge, per_out, out=room)
        kept -= room
        np.maximum(kept, 0.0, out=kept)
        stored, backlog = kept, waits
        if known is not None and t % CHECKED_EVERY == 0 and _same(known, track, t):
            return t + 1
    return len(demand)


def _fill_up(
    cheap: np.ndarray, supply: Supply, from_grid: np.ndarray, charge: np.ndarray, bought: np.ndarray, room: np.ndarray
) -> None:
    """Fill the battery from the grid where it is cheap, in place."""
    more = np.minimum(np.minimum(supply.charge_kw - charge, room - charge), supply.import_kw - bought)
    from_grid[:] = np.where(cheap, np.maximum(more, 0.0), 0.0)
    charge += from_grid
    bought += from_grid


def _same(known: Track, track: Track, t: int) -> bool:
    apart = (np.abs(known[name][t] - track[name][t]) / (1.0 + known[name][t]) for name in ("stored", "backlog"))
    return all(float(np.max(one)) <= MET for one in apart)


def _join_years(demand: np.ndarray, renewable: np.ndarray, cheap: np.ndarray, supply: Supply, track: Track) -> None:
    """Run the first days of each year again, from where the one before it ended, until every year follows on."""
    follows = np.flatnonzero(np.logical_not(supply.begins))
    began = {name: np.zeros(len(supply.begins)) for name in ("stored", "backlog")}
    while len(follows):
        ended = {name: track[name][-1, follows - 1] for name in began}
        moved = np.zeros(len(follows), bool)
        for name in began:
            moved |= np.abs(ended[name] - began[name][follows]) > MET * (1.0 + ended[name])
        own = follows[moved]
        if not len(own):
            return
        for name in began:
            began[name][own] = ended[name][moved]
        _run_again(demand, renewable, cheap, supply, track, own, (began["stored"][own], began["backlog"][own]))


def _run_again(
    demand: np.ndarray, renewable: np.ndarray, cheap: np.ndarray, supply: Supply, track: Track, own: np.ndarray,
    begin: tuple[np.ndarray, np.ndarray],
) -> None:  # fmt: skip
    """Run some columns again from another beginning, some weeks at a time, until they meet what was found."""
    for first in range(0, len(demand), AGAIN):
        rows = slice(first, first + AGAIN)
        known = {name: line[rows, own] for name, line in track.items()}
        part = {name: np.empty_like(line) for name, line in known.items()}
        part["from_grid"][:] = 0.0
        done = _run(demand[rows, own], renewable[rows, own], cheap[rows, own], supply.of(own), part, *begin, known)
        for name, line in part.items():
            track[name][first : first + done, own] = line[:done]
        if done < len(part["stored"]):
            return
        begin = part["stored"][-1], part["backlog"][-1]
