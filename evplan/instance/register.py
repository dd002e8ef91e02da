"""The register of inputs: every value a plan was made from, with its unit, what it means, and where it comes from."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from evplan.instance.citations import Citation
from evplan.instance.context import TARIFF
from evplan.instance.dotted import APART, find
from evplan.instance.faults import shown_loc
from evplan.instance.quantities import unit_of
from evplan.instance.read import Read
from evplan.instance.references import shipped
from evplan.instance.scenarios import origin
from evplan.instance.source import Loc

DEFAULT, LEFT_OUT = "default of evplan", "left out"


@dataclass(frozen=True)
class Input:
    """One input. path : dotted.  source : who said so.  date : of the source, ISO, or empty.  place : where it is written."""

    path: str
    value: str
    unit: str
    meaning: str
    source: str
    date: str
    place: str


def register(found: Read) -> list[Input]:
    """Return every input of an instance in its order; what is left out and stands at nothing is not among them."""
    tree = found.instance.model_dump(mode="json")
    citations = {}
    for path, citation in found.instance.sources.items():
        try:
            citations[find(tree, path)] = citation
        except LookupError:
            continue  # the scenario took it away
    return [
        _input(found, loc, value, meaning, tree, citations) for loc, value, meaning in leaves(found.instance, (), "")
    ]


def leaves(node: Any, loc: Loc, meaning: str) -> Iterator[tuple[Loc, Any, str]]:
    """Yield the place, value and meaning of everything that is said."""
    if isinstance(node, BaseModel):
        for name, field in type(node).model_fields.items():
            if name != "source" and (loc or name not in APART):
                yield from leaves(getattr(node, name), (*loc, name), field.description or "")
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*loc, key), meaning)
    elif isinstance(node, tuple) and any(isinstance(item, (BaseModel, dict)) for item in node):
        for k, item in enumerate(node):
            yield from leaves(item, (*loc, k), meaning)
    elif node is not None and node not in ((), ""):
        yield loc, node, meaning


def _input(found: Read, loc: Loc, value: Any, meaning: str, tree: dict, citations: dict[Loc, Citation]) -> Input:
    names = tuple(part for part in loc if isinstance(part, str))
    source, date, place = _origin(found, loc)
    said = next((citations[loc[:depth]] for depth in range(len(loc), 0, -1) if loc[:depth] in citations), None)
    if said is not None and (
        place != LEFT_OUT or loc in citations
    ):  # what is said of a block is not said of what it leaves out
        source, date = said.source, said.date.isoformat() if said.date else ""
    unit = unit_of(names, value, found.instance.finance.currency)
    return Input(shown_loc(loc, tree), shown(value), unit, meaning.split("\n")[0], source, date, place)


def _origin(found: Read, loc: Loc) -> tuple[str, str, str]:
    """Return source, date and place of a value as they follow from where it is written."""
    here, node, used = origin(loc, found.origins), found.source.tree, None
    block = ""
    for depth, part in enumerate(here):
        if hasattr(node, "items"):
            used = (here[:depth], node["use"]) if "use" in node else used
            block = str(node.get("source", block)) if depth else block
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return _left_out(found, loc, used)
    scenario = f", scenario {found.scenario}" if here != loc else ""
    return block or "instance file", "", f"{found.path.name}:{found.source.position(here).line}{scenario}"


def _left_out(found: Read, loc: Loc, used: tuple[Loc, str] | None) -> tuple[str, str, str]:
    """Return source, date and place of what the file leaves out: shipped figures, or a default."""
    if used is not None:
        entry, place = shipped(used[0], used[1])
        if loc[len(used[0])] in (*entry, "name"):
            date = entry.get("date", "")
            return entry.get("source", ""), date.isoformat() if isinstance(date, datetime.date) else str(date), place
    if found.instance.context is not None and _from_context(found, loc):
        return "city run", "", found.instance.context.file
    return DEFAULT, "", LEFT_OUT


def _from_context(found: Read, loc: Loc) -> bool:
    """Return whether a value that the file leaves out comes from its context."""
    if (
        loc[:2] == ("tariffs", TARIFF)
        or loc == ("catalogue", "vehicle", "mean_age_years")
        or loc == ("carbon", "grid_kg_per_kwh")
    ):
        return True
    shares = loc[0] == "sites" and found.instance.sites[int(loc[1])].demand.context_share is not None
    if loc[2:4] == ("demand", "energy_kwh"):
        return shares and loc[4:] == ("mean",)  # the spread is an assumption of ours
    return shares and loc[2:4] in (
        ("demand", "sessions_per_day"),
        ("demand", "by_year"),
    )


def shown(value: Any) -> str:
    """Return a value as the file would say it."""
    if isinstance(value, tuple):
        return ", ".join(map(shown, value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)
