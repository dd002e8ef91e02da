"""The register of a study's inputs: every value with its unit, what it means, who said so, and where it is written."""

from __future__ import annotations

from typing import Any

from evplan.city.read import ReadStudy, shipped_source
from evplan.instance.faults import shown_loc
from evplan.instance.quantities import unit_of
from evplan.instance.register import DEFAULT, LEFT_OUT, Input, leaves, shown
from evplan.instance.source import Loc
from evplan.instance.tree import items

SHIPPED = "data/cities/cities.yaml"
TITLES = ("kind", "format", "title")


def inputs(found: ReadStudy) -> list[Input]:
    """Return every input of a study in its order."""
    tree = found.study.model_dump(mode="json")
    said = [leaf for leaf in leaves(found.study, (), "") if leaf[0][0] not in TITLES]
    return [_input(found, loc, value, meaning, tree) for loc, value, meaning in said]


def _input(found: ReadStudy, loc: Loc, value: Any, meaning: str, tree: dict) -> Input:
    names = tuple(part for part in loc if isinstance(part, str))
    pairs = isinstance(value, tuple) and isinstance(value[0], tuple)
    text = ", ".join(f"{year}: {amount:.10g}" for year, amount in value) if pairs else shown(value)
    unit = unit_of(names, tuple(amount for _, amount in value) if pairs else value, found.study.costs.currency)
    source, place = _origin(found, loc)
    return Input(shown_loc(loc, tree), text, unit, meaning.split("\n")[0], source, "", place)


def _origin(found: ReadStudy, loc: Loc) -> tuple[str, str]:
    """Return who said a value and where: the file, the shipped cities, or a default."""
    if loc[0] != "cities":
        return _written(found, loc) or (DEFAULT, LEFT_OUT)
    place = found.study.cities[int(loc[1])]
    for i, node in enumerate(items(found.source.tree, "cities")):
        if isinstance(node, dict) and place.name in (node.get("name"), node.get("use")):
            own = _written(found, ("cities", i, *loc[2:]), place.source if "use" not in node else "")
            return own or (_shipped(node["use"], str(loc[2])) if "use" in node else (DEFAULT, LEFT_OUT))
    return _shipped(place.name, str(loc[2]))


def _shipped(name: str, field: str) -> tuple[str, str]:
    """Return where a figure of a shipped city comes from; its name and what it leaves out are ours."""
    source = shipped_source(name, field)
    return (source, SHIPPED) if source else (DEFAULT, LEFT_OUT)


def _written(found: ReadStudy, loc: Loc, source: str = "") -> tuple[str, str] | None:
    """Return the source and the line of what the file says, None where it is left out."""
    node: Any = found.source.tree
    for part in loc:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return None
    return source or "city file", f"{found.path.name}:{found.source.position(loc).line}"
