"""A feeder's day as tables: operations side by side, and step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.feeder.ageing import aged
from evplan.feeder.control.operation import Operation

if TYPE_CHECKING:
    import pandas as pd

    from evplan.feeder.day import Day


def figures(one: Operation) -> dict[str, Any]:
    """Return what an operation comes to."""
    own, day = one.metrics, one.day
    life = aged(own.transformer_loading, day.study.horizon.minutes, day.study.air_c).days
    return {
        "name": one.name, "unbalance_a": _known(one.unbalance_a), "index_mean": _of(np.nanmean, own.index),
        "index_max": _of(np.nanmax, own.index), "neutral_a_max": _of(np.nanmax, own.neutral_a),
        "voltage_unbalance_max": _of(np.nanmax, own.voltage_unbalance), "lowest_pu": _of(np.nanmin, own.lowest_pu),
        "highest_pu": _of(np.nanmax, own.highest_pu), "violation_pu": one.violation_pu, "unsolved_steps": one.unsolved,
        "line_loading_max": _of(np.nanmax, own.line_loading), "transformer_loading_max": _of(np.nanmax, own.transformer_loading),
        "overload": one.overload, "losses_kwh": one.losses_kwh, "curtailed_kwh": one.curtailed_kwh,
        "curtailed_share": one.curtailed_share, "lacking_kwh": float(one.lacking_kwh.sum()), "ageing_days": _known(life),
    }  # fmt: skip


def _known(value: float) -> float | None:
    """Return a figure, None where it is not known."""
    return value if np.isfinite(value) else None


def _of(count: Callable[[np.ndarray], float], values: np.ndarray) -> float | None:
    """Return a figure of the steps that have one, None where none has."""
    return float(count(values)) if np.isfinite(values).any() else None


def _over(count: Callable[..., np.ndarray], values: np.ndarray) -> np.ndarray:
    """Return a figure of each row, NaN where there are no columns."""
    return count(values, axis=1) if values.shape[1] else np.full(len(values), np.nan)


def operations_table(several: Sequence[Operation]) -> pd.DataFrame:
    """Return a row for every operation."""
    import pandas as pd

    return pd.DataFrame([figures(one) for one in several])


def clock(day: Day) -> list[str]:
    """Return the time at which each step begins, HH:MM."""
    horizon = day.study.horizon
    start = 60 * int(horizon.start[:2]) + int(horizon.start[3:])
    minutes = (start + horizon.minutes * np.arange(horizon.steps)) % 1440
    return [f"{minute // 60:02}:{minute % 60:02}" for minute in minutes.tolist()]


def steps_table(several: Sequence[Operation]) -> pd.DataFrame:
    """Return a row for every operation and step: what the feeder suffers."""
    import pandas as pd

    return pd.concat(
        [pd.DataFrame({"name": one.name, "time": clock(one.day), **vars(one.metrics)}) for one in several],
        ignore_index=True,
    )


def powers_table(one: Operation) -> pd.DataFrame:
    """Return a row for every step: kW of every vehicle, and what every panel gives."""
    import pandas as pd

    day = one.day
    vehicles = {f"{session.at.name}_kw": one.charge_kw[s] for s, session in enumerate(day.sessions)}
    panels = {f"{panel.name}_gives_kw": day.panel_kw[p] - one.curtailed_kw[p] for p, panel in enumerate(day.panels)}
    return pd.DataFrame({"time": clock(day), **vehicles, **panels})


def sessions_table(one: Operation) -> pd.DataFrame:
    """Return a row for every vehicle: what it asked for, got and lacks."""
    import pandas as pd

    day = one.day
    times = [*clock(day), clock(day)[0]]
    return pd.DataFrame([
        {"name": own.at.name, "bus": own.at.bus, "phases": "".join(map(str, own.at.phases)), "arrival": times[own.first],
         "departure": times[own.last], "asked_kwh": own.kwh, "got_kwh": float(one.charge_kw[s].sum() * day.hours),
         "lacking_kwh": float(one.lacking_kwh[s])}
        for s, own in enumerate(day.sessions)
    ])  # fmt: skip


def voltages_table(one: Operation) -> pd.DataFrame:
    """Return a row for every bus and phase with customers: lowest and highest voltage of the day."""
    import pandas as pd

    pu = one.voltages_pu
    names = one.day.flow.legs.names
    return pd.DataFrame({
        "bus": [bus for bus, _, _ in names], "phase": [str(phase) if not back else f"{phase}-{back}" for _, phase, back in names],
        "lowest_pu": _over(np.min, pu), "highest_pu": _over(np.max, pu),
    })  # fmt: skip
