"""`use: FILE/ENTRY` in a catalogue entry or tariff: figures taken from the shipped data folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from evplan.instance.base import CURRENCY, Noun
from evplan.instance.catalogue import Battery, Charger, Solar
from evplan.instance.faults import Fault
from evplan.instance.shown import shown
from evplan.instance.source import Loc, plain, read_source
from evplan.instance.suggest import did_you_mean
from evplan.instance.tariff import Tariff
from evplan.instance.tree import items, mapping
from evplan.paths import data_dir


@dataclass(frozen=True)
class Shelf:
    """Where the figures of a noun are found: a folder of data/, and the entries' `kind` if they have one."""

    noun: type[Noun]
    folder: str
    kind: str


CHARGERS = Shelf(Charger, "costs", "charger")
SOLAR = Shelf(Solar, "costs", "solar")
BATTERY = Shelf(Battery, "costs", "battery")
TARIFFS = Shelf(Tariff, "tariffs", "tariff")


def expand(tree: Any) -> tuple[Any, list[Fault]]:
    """Return the tree with every `use:` replaced by the figures it names, and the faults found."""
    faults: list[Fault] = []
    currency = mapping(tree, "finance").get("currency", "USD")

    def fill(block: Any, key: Any, shelf: Shelf, loc: Loc) -> None:
        if isinstance(block[key], dict) and "use" in block[key]:
            block[key], wrong = _filled(block[key], shelf, currency)
            faults.extend([Fault((*loc, "use"), wrong)] if wrong else [])

    catalogue = mapping(tree, "catalogue")
    for i in range(len(items(catalogue, "chargers"))):
        fill(catalogue["chargers"], i, CHARGERS, ("catalogue", "chargers", i))
    for name, shelf in (("solar", SOLAR), ("battery", BATTERY)):
        if name in catalogue:
            fill(catalogue, name, shelf, ("catalogue", name))
    for name in mapping(tree, "tariffs"):
        fill(tree["tariffs"], name, TARIFFS, ("tariffs", name))
    return tree, faults


def shipped(loc: Loc, reference: str) -> tuple[dict, str]:
    """Return the entry that a sound `use` at a place names, with its date, and where it lies in data/."""
    shelf = TARIFFS if loc[0] == "tariffs" else CHARGERS
    file, _, name = reference.partition("/")
    return _shelves(shelf.folder)[file][name], f"data/{shelf.folder}/{file}.yaml, {name}"


def _filled(item: dict, shelf: Shelf, currency: Any) -> tuple[dict, str]:
    """Return the item with the figures it names, where its own fields win; or unchanged, and what is wrong."""
    entry, wrong = _entry(item["use"], shelf)
    known = isinstance(currency, str) and re.match(CURRENCY, currency)
    if not wrong and known and entry.get("currency", currency) != currency:
        wrong = f"holds figures in {entry['currency']}, but finance.currency is {currency}; write them out, converted"
    if wrong:
        return item, wrong
    own = {key: value for key, value in item.items() if key != "use"}
    name = {"name": item["use"].partition("/")[2]} if shelf is CHARGERS else {}
    figures = {field: value for field, value in entry.items() if field in shelf.noun.model_fields}
    return {**name, **figures, **own}, ""


def _entry(reference: Any, shelf: Shelf) -> tuple[dict, str]:
    """Return the entry that `use` names, or an empty one and what is wrong."""
    shelves = _shelves(shelf.folder)
    known = [f"{file}/{name}" for file, entries in shelves.items() for name in _of_kind(entries, shelf.kind)]
    if not isinstance(reference, str) or reference.count("/") != 1:
        return {}, f"must be FILE/ENTRY (got {shown(reference)}){did_you_mean(reference, known)}"
    file, _, name = reference.partition("/")
    if file not in shelves:
        return {}, f"there is no {file!r} in data/{shelf.folder}{did_you_mean(reference, known)}"
    if name not in shelves[file]:
        return {}, f"{file!r} has no entry {name!r}{did_you_mean(reference, known)}"
    entry = shelves[file][name]
    kind = entry.get("kind", shelf.kind)
    return (
        (entry, "")
        if kind == shelf.kind
        else ({}, f"must be of kind {shelf.kind} (got kind {kind}){did_you_mean('', known)}")
    )


def _of_kind(entries: dict[str, dict], kind: str) -> list[str]:
    return [name for name, entry in entries.items() if entry.get("kind", kind) == kind]


@cache
def _shelves(folder: str) -> dict[str, dict[str, dict]]:
    """Return the entries of each file in a folder of data/; each knows the currency, date and source of its file."""
    shelves = {}
    for path in sorted((data_dir() / folder).glob("*.yaml")):
        tree = plain(read_source(path).tree)
        said = {name: tree[name] for name in ("currency", "source") if name in tree}
        said["date"] = tree.get("effective", tree.get("date", ""))
        shelves[path.stem] = {name: {**said, **entry} for name, entry in tree["entries"].items()}
    return shelves
