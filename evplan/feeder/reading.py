"""Read a day on a feeder from the files that a study names."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from evplan.errors import InputError
from evplan.feeder.connected import FAR_ABOVE, own_panels, panels_of, require_known, sessions_of
from evplan.feeder.day import Day
from evplan.feeder.network import Network
from evplan.feeder.panda import read_pandapower
from evplan.feeder.plain import read_tables
from evplan.feeder.series import fits, on_horizon, read_series
from evplan.feeder.study import FeederStudy, NetworkOf
from evplan.instance.columns import rows_shown


def day_of(study: FeederStudy, folder: Path) -> Day:
    """Return a study's day. Raises: InputError for files that cannot be read or do not fit together."""
    network = network_of(study.network, folder, study.horizon.date)
    network = replace(network, notes=(*network.notes, *_notes(study, folder, network)))
    load = _loads(study, folder, network)
    _require_likely(network, load)
    if study.panels is not None and study.panels.file is None:
        load, panels, panel_kw = own_panels(study, folder, network, load)
    else:
        panels, panel_kw = panels_of(study, folder, network)
    return Day(study, network, network.customers, load, panels, panel_kw, sessions_of(study, folder, network))


def _require_likely(network: Network, load: np.ndarray) -> None:
    """Raise `InputError` for a customer who draws many times what the head is rated for: a slip of units."""
    most = FAR_ABOVE * 1000 * (network.head_kva or np.inf)
    over = [one.name for one, own in zip(network.customers, load, strict=True) if np.abs(own).max(initial=0.0) > most]
    if over:
        raise InputError(
            f"{network.name}: {rows_shown(over)}: draw more than {FAR_ABOVE:g} times what the head of the network is rated for, "
            f"{network.head_kva:,.0f} kVA; loads are in kW"
        )


def _notes(study: FeederStudy, folder: Path, network: Network) -> Iterator[str]:
    """Yield what a reader should know of who draws and who gives."""
    giving = sum(one.kw < 0 for one in network.customers)
    if giving and (study.panels is None or study.panels.file is not None):
        yield f"{giving} customers of the network give power and stand as they are; `panels: {{}}` makes them panels that can be curtailed"
    if study.loads.file is not None:
        named = read_series(folder / study.loads.file, study.horizon).columns
        bare = [one.name for one in network.customers if one.kw_series is None and one.name not in named]
        if bare:
            yield f"{len(bare)} customers have no column in {study.loads.file} and draw what the network says, always: {rows_shown(bare)}"


def network_of(said: NetworkOf, folder: Path, date: datetime.date | None = None) -> Network:
    """Return the network that a file names. date : of its own series, where these last longer than a day."""
    if said.dss is not None:
        from evplan.feeder.dss import read_dss

        return read_dss(folder / said.dss, date)
    if said.pandapower is not None:
        return read_pandapower(folder / said.pandapower, date)
    assert said.tables is not None
    return read_tables(folder, said.tables)


def _loads(study: FeederStudy, folder: Path, network: Network) -> np.ndarray:
    """Return what customers draw, VA, shape (C, T). The file's scale and power factor are those of who draws, not of who gives."""
    said, horizon = study.loads, study.horizon
    table = None
    if said.file is not None:
        table = read_series(folder / said.file, horizon)
        require_known(folder / said.file, list(table.columns), [one.name for one in network.customers], "customer")
    per_kw = np.sqrt(1 / said.power_factor**2 - 1) if said.power_factor is not None else None
    made = np.zeros((len(network.customers), horizon.steps), complex)
    for c, one in enumerate(network.customers):
        usual = one.kvar / one.kw if one.kw else 0.0
        if table is not None and one.name in table:
            kw = table[one.name].to_numpy(float)
            kvar = kw * usual
        elif one.kw_series is not None and fits(len(one.kw_series), horizon):
            kw = on_horizon(one.kw_series, horizon)
            kvar = np.zeros_like(kw) if one.kvar_series is None else on_horizon(one.kvar_series, horizon)
        else:
            kw, kvar = np.full(horizon.steps, one.kw), np.full(horizon.steps, one.kvar)
        if one.kw >= 0:
            kw, kvar = said.scale * kw, said.scale * (kvar if per_kw is None else kw * per_kw)
        made[c] = kw + 1j * kvar
    return 1000 * made
