"""A network of tables as commands of OpenDSS, so that whoever trusts it can run the same network there.

Names that mean something else there (dots say phases, spaces end a word, capitals are small letters) are written otherwise; comments say
how.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from evplan.feeder.assemble import three_phase
from evplan.feeder.network import PHASES
from evplan.feeder.plain import GRID, LINE, phases_of, read_rows
from evplan.feeder.study import Tables


def as_dss(folder: Path, said: Tables) -> list[str]:
    """Return the commands that build a network of tables: source, transformer and lines, without customers."""
    path = folder / said.lines
    lines = read_rows(path, LINE).to_dict("records")
    bus, called = bus_names(folder, said), plain_names(str(row["name"]) for row in lines)
    source, own = said.source, said.transformer
    x = source.kv**2 / source.short_circuit_mva / np.hypot(1.0, source.r_per_x)
    r = source.r_per_x * x
    reactance = np.sqrt(max(own.vk_percent**2 - own.vkr_percent**2, 0.0))
    half = own.vkr_percent / 2
    commands = [
        *(f"! bus {name} is called {own}" for name, own in bus.items() if own != name),
        *(f"! line {name} is called {own}" for name, own in called.items() if own != name),
        "clear",
        f"new circuit.evplan basekv={source.kv:.12g} bus1={bus[GRID]} pu={source.pu:.12g} r1={r:.15g} x1={x:.15g} r0={r:.15g} x0={x:.15g}",
        f"new transformer.transformer buses=[{bus[GRID]} {bus[own.to]}] conns=[delta wye] kvs=[{source.kv:.12g} {own.kv:.12g}] "
        f"kvas=[{own.kva:.12g} {own.kva:.12g}] xhl={reactance:.15g} %rs=[{half:.15g} {half:.15g}] leadlag=lead ppm_antifloat=0",
    ]
    for row in lines:
        phases = phases_of(row["phases"] if isinstance(row.get("phases"), str) else "123", path)
        z = three_phase(*(complex(row[f"r{n}"], row[f"x{n}"]) for n in (1, 0)))
        pick = np.array([PHASES.index(phase) for phase in phases])
        at = ".".join(map(str, phases))
        commands.append(
            f"new line.{called[str(row['name'])]} bus1={bus[str(row['from'])]}.{at} bus2={bus[str(row['to'])]}.{at} phases={len(phases)} "
            f"length={row['length_m'] / 1000:.12g} units=km rmatrix={_lower(z.real, pick)} "
            f"xmatrix={_lower(z.imag, pick)} cmatrix={_lower(np.zeros((3, 3)), pick)}"
        )
    return [*commands, f"set voltagebases=[{source.kv:.12g} {own.kv:.12g}]", "calcvoltagebases"]


def bus_names(folder: Path, said: Tables) -> dict[str, str]:
    """Return what each bus of tables is called in OpenDSS."""
    rows = read_rows(folder / said.lines, LINE).to_dict("records")
    return plain_names([GRID, said.transformer.to, *(str(row[end]) for row in rows for end in ("from", "to"))])


def plain_names(names: Iterable[str]) -> dict[str, str]:
    """Return names of letters, digits, _ and -, no two of which differ in capitals alone."""
    found, taken = dict[str, str](), set[str]()
    for name in dict.fromkeys(names):
        plain, number = re.sub(r"[^A-Za-z0-9_-]", "_", name), 1
        while (own := plain if number == 1 else f"{plain}_{number}").lower() in taken:
            number += 1
        taken.add(own.lower())
        found[name] = own
    return found


def _lower(matrix: np.ndarray, pick: np.ndarray) -> str:
    """Return the lower triangle of some rows and columns, as OpenDSS reads matrices."""
    own = matrix[np.ix_(pick, pick)]
    return "[" + " | ".join(" ".join(f"{value:.15g}" for value in own[i, : i + 1]) for i in range(len(own))) + "]"
