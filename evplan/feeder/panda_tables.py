"""The tables of a net as pandapower writes it to JSON, read without pandapower."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from evplan.errors import InputError
from evplan.paths import sized

NEEDED = ("bus", "line", "trafo", "ext_grid")


def tables_of(path: Path) -> dict[str, Any]:
    """Return what a net holds: tables as frames, the rest as it is. Raises: InputError for a file that holds no net."""
    try:
        found = dict(json.loads(sized(path).read_text(encoding="utf-8"))["_object"])
    except FileNotFoundError:
        raise InputError(f"{path}: no such file (paths are relative to the feeder file)") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path}: is no net of pandapower (write one with pandapower.to_json)") from None
    found = {name: as_frame(own) if _is_frame(own) else own for name, own in found.items()}
    if not all(isinstance(found.get(name), pd.DataFrame) for name in NEEDED) or not len(found["ext_grid"]):
        raise InputError(f"{path}: a net needs buses, lines, transformers and an external grid")
    return found


def as_frame(own: dict[str, Any]) -> pd.DataFrame:
    """Return a table as pandapower writes one."""
    text = own["_object"] if isinstance(own["_object"], str) else json.dumps(own["_object"])
    return pd.read_json(io.StringIO(text), orient=own.get("orient", "split"), convert_axes=False, dtype=False)


def _is_frame(own: Any) -> bool:
    return isinstance(own, dict) and own.get("_class") == "DataFrame"


def rows(net: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return the rows of a table, none where the net has no such table."""
    return net[kind].to_dict("records") if isinstance(net.get(kind), pd.DataFrame) else []


def in_service(net: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return those of them that are in service."""
    return [row for row in rows(net, kind) if row.get("in_service", True)]


def worded(row: Any, field: str) -> str:
    """Return a text of a row, empty where it says none."""
    value = row.get(field)
    return "" if value is None or value != value else str(value)


def said(row: Any, field: str, usual: float) -> float:
    """Return a number of a row, or what is usual where it says none."""
    value = row.get(field)
    return usual if value is None or value == "" or value != value else float(value)
