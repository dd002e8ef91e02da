"""`use: FILE/ENTRY` in a catalogue entry or tariff: figures taken from the shipped data folder."""

from __future__ import annotations

from typing import Any

from evplan.instance.base import Noun
from evplan.instance.catalogue import Battery, Charger, Solar
from evplan.instance.faults import Fault, did_you_mean
from evplan.instance.source import Loc, plain, read_source
from evplan.instance.tariff import Tariff
from evplan.paths import data_dir


def expand(tree: Any) -> tuple[Any, list[Fault]]:
    """Return the tree with every `use:` replaced by the figures it names, and the faults found."""
    faults: list[Fault] = []
    catalogue = tree.get("catalogue")
    if isinstance(catalogue, dict):
        chargers = catalogue.get("chargers")
        if isinstance(chargers, list):
            catalogue["chargers"] = [
                _filled(item, "costs", Charger, ("catalogue", "chargers", i), faults) for i, item in enumerate(chargers)
            ]
        for name, noun in (("solar", Solar), ("battery", Battery)):
            if name in catalogue:
                catalogue[name] = _filled(catalogue[name], "costs", noun, ("catalogue", name), faults)
    tariffs = tree.get("tariffs")
    if isinstance(tariffs, dict):
        tree["tariffs"] = {
            name: _filled(item, "tariffs", Tariff, ("tariffs", name), faults) for name, item in tariffs.items()
        }
    return tree, faults


def _filled(item: Any, folder: str, noun: type[Noun], loc: Loc, faults: list[Fault]) -> Any:
    if not isinstance(item, dict) or "use" not in item:
        return item
    own = {key: value for key, value in item.items() if key != "use"}
    reference = str(item["use"])
    file, _, entry = reference.partition("/")
    files = sorted(path.stem for path in (data_dir() / folder).glob("*.yaml"))
    if file not in files:
        faults.append(Fault((*loc, "use"), f"there is no {file!r} in data/{folder}{did_you_mean(file, files)}"))
        return item
    entries = plain(read_source(data_dir() / folder / f"{file}.yaml").tree)["entries"]
    if entry not in entries:
        faults.append(Fault((*loc, "use"), f"{file!r} has no entry {entry!r}{did_you_mean(entry, list(entries))}"))
        return item
    name = {"name": entry} if loc[-2:-1] == ("chargers",) else {}
    figures = {field: value for field, value in entries[entry].items() if field in noun.model_fields}
    return {**name, **figures, **own}
