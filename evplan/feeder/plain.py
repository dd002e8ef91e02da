"""Networks of plain tables: a transformer, and lines by their sequence impedances."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.errors import InputError
from evplan.feeder.assemble import Assembly, three_phase
from evplan.feeder.network import Branch, Customer, Network
from evplan.feeder.study import Tables
from evplan.instance.columns import rows_shown
from evplan.instance.letters import require_letters
from evplan.paths import sized

if TYPE_CHECKING:
    import pandas as pd

GRID = "grid"  # the bus above the transformer
LINE = ("name", "from", "to", "length_m", "r1", "x1", "r0", "x0")
CUSTOMER = ("name", "bus", "phases", "kw")


def read_tables(folder: Path, said: Tables) -> Network:
    """Return the network of tables. Raises: InputError for what is missing, is no number, or hangs in the air."""
    made, source, own = Assembly(Path(said.lines).stem), said.source, said.transformer
    behind = source.kv**2 / source.short_circuit_mva
    x = behind / np.hypot(1.0, source.r_per_x)
    grid = complex(source.r_per_x * x, x)
    made.source(GRID, source.kv, source.pu, grid, grid)
    base = 1000 * own.kv**2 / own.kva / 100
    ohm = complex(own.vkr_percent * base, np.sqrt(max(own.vk_percent**2 - own.vkr_percent**2, 0.0)) * base)
    branch = Branch("transformer", GRID, own.to, "transformer", rating_kva=own.kva)
    made.transformer(branch, (source.kv, own.kv), (ohm, ohm), "Dyn11")
    path = folder / said.lines
    table = read_rows(path, LINE)
    for row in table.to_dict("records"):
        _require_line(row, path)
    for column, least, unit in (("length_m", 1.0, "metres"), ("rating_a", 2.0, "amperes")):
        most = table[column].max() if column in table else np.nan
        if most < least:
            raise InputError(f"{path}: {column}: the highest is {most:g}; it is in {unit}")
    for row in _from_the_source(table, own.to, path):
        phases = phases_of(row["phases"] if isinstance(row.get("phases"), str) else "123", path)
        z = [complex(row[f"r{n}"], row[f"x{n}"]) * row["length_m"] / 1000 for n in (1, 0)]
        pick = np.ix_([p - 1 for p in phases], [p - 1 for p in phases])
        rated = row.get("rating_a")
        line = Branch(
            str(row["name"]),
            str(row["from"]),
            str(row["to"]),
            "line",
            float(rated) if rated and np.isfinite(rated) else None,
        )
        made.line(line, own.kv, three_phase(z[0], z[1])[pick], np.zeros((len(phases), len(phases))), phases)
    customers = read_customers(folder / said.customers, set(made.nodes))
    place = {}
    if said.buses is not None:
        place = {
            str(row["bus"]): (float(row["x"]), float(row["y"]))
            for row in read_rows(folder / said.buses, ("bus", "x", "y")).to_dict("records")
        }
    return made.network(customers, place)


def _require_line(row: dict[str, Any], path: Path) -> None:
    """Raise what is wrong with a line: no length or impedance, less than none, or an end above the transformer."""
    if row["from"] == row["to"]:
        raise InputError(f"{path}: {row['name']}: goes from bus {row['from']!r} to itself")
    if (
        row["length_m"] <= 0
        or min(row["r1"], row["r0"], row["x1"], row["x0"]) < 0
        or min(abs(complex(row[f"r{n}"], row[f"x{n}"])) for n in (0, 1)) <= 0
    ):
        raise InputError(f"{path}: {row['name']}: length_m and impedances must be above 0, r and x at least 0")
    if "rating_a" in row and row["rating_a"] <= 0:
        raise InputError(f"{path}: {row['name']}: rating_a must be above 0 (leave it empty where it is not known)")
    if GRID in (row["from"], row["to"]):
        raise InputError(f"{path}: {row['name']}: bus {GRID!r} is above the transformer; lines begin from its low side")


def read_customers(path: Path, nodes: set[tuple[str, int]]) -> list[Customer]:
    """Return the customers of a table. nodes : that there are. Raises: InputError for one whose bus has no such phase."""
    found = []
    for row in read_rows(path, CUSTOMER).to_dict("records"):
        bus, phases = str(row["bus"]), phases_of(row["phases"], path)
        lacking = [phase for phase in phases if (bus, phase) not in nodes]
        if lacking:
            raise InputError(f"{path}: {row['name']}: there is no phase {lacking[0]} at bus {bus!r}")
        found.append(Customer(str(row["name"]), bus, phases, float(row["kw"]), float(row.get("kvar", 0.0))))
    return found


def read_rows(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """Return a table whose columns of numbers are numbers. Raises: InputError for a column or a number that is missing."""
    import pandas as pd

    texts = ("name", "from", "to", "bus", "phases", "arrival", "departure")
    try:
        table = pd.read_csv(
            sized(path), dtype=dict.fromkeys(texts, str), encoding="utf-8-sig", keep_default_na=False, na_values=[""]
        )
    except FileNotFoundError:
        raise InputError(f"{path}: no such file (paths are relative to the feeder file)") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from None
    require_letters(table, path)
    missing = [column for column in needed if column not in table]
    if missing:
        raise InputError(f"{path}: there is no column {missing[0]!r}; it must hold {', '.join(needed)}")
    if not len(table):
        raise InputError(f"{path}: holds no rows")
    if "name" in needed and (twice := table["name"][table["name"].duplicated()].tolist()):
        raise InputError(f"{path}: names twice: {rows_shown([str(name) for name in twice])}")
    for column in table.columns:
        if column in texts:
            bad = np.flatnonzero(table[column].isna()) if column in needed else np.zeros(0, int)
        else:
            values = pd.to_numeric(table[column], errors="coerce")
            bad = np.flatnonzero(~np.isfinite(values) & (table[column].notna() | (column in needed)))
            table[column] = values.fillna(0.0) if column == "kvar" else values
        if len(bad):
            raise InputError(
                f"{path}: {column} must be said for every row, numbers as numbers; see {rows_shown([f'row {i + 2}' for i in bad.tolist()])}"
            )
    return table


def phases_of(said: Any, path: Path) -> tuple[int, ...]:
    """Return the phases that a cell names, such as 2 or 123. Raises: InputError for anything else."""
    found = tuple(int(letter) for letter in str(said) if letter in "123")
    if not found or len(str(said)) != len(set(found)):
        raise InputError(f"{path}: phases must be of 1, 2 and 3, such as 2 or 123 (got {said!r})")
    return found


def _from_the_source(table: pd.DataFrame, start: str, path: Path) -> Iterator[dict[str, Any]]:
    """Yield lines, each after one that reaches its beginning. Raises: InputError for lines that hang in the air."""
    rows, touching = table.to_dict("records"), dict[str, list[int]]()
    for i, row in enumerate(rows):
        for end in ("from", "to"):
            touching.setdefault(str(row[end]), []).append(i)
    done, reached, front = set[int](), {start}, [start]
    while front:
        bus = front.pop()
        for i in touching.get(bus, []):
            if i in done:
                continue
            done.add(i)
            row = rows[i]
            far = str(row["to"] if row["from"] == bus else row["from"])
            yield {**row, "from": bus, "to": far}
            if far not in reached:
                reached.add(far)
                front.append(far)
    if len(done) < len(rows):
        names = rows_shown([str(row["name"]) for i, row in enumerate(rows) if i not in done])
        raise InputError(f"{path}: nothing connects these lines to bus {start!r}: {names}")
