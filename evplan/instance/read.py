"""Read an instance file: parse, apply a scenario, fill in shipped figures, validate, report all faults."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evplan.errors import InputError
from evplan.instance.consistency import inconsistencies
from evplan.instance.faults import Fault, did_you_mean, from_pydantic, raise_all
from evplan.instance.references import expand
from evplan.instance.scenarios import apply, original
from evplan.instance.schema import Instance
from evplan.instance.series import check_length, read_series
from evplan.instance.source import Loc, Source, plain, read_source


@dataclass(frozen=True)
class Read:
    """A validated instance, where it came from, and the scenario applied."""

    instance: Instance
    path: Path
    scenario: str | None
    source: Source

    @property
    def folder(self) -> Path:
        """Return the folder that series files are relative to."""
        return self.path.resolve().parent

    @property
    def told(self) -> str:
        """Return one line that says what the file holds."""
        sites, scenarios = len(self.instance.sites), ", ".join(self.instance.scenarios) or "none"
        return f"{self.path}: sound. Sites: {sites}. Scenarios: {scenarios}."

    @property
    def hash(self) -> str:
        """Return the SHA-256 of everything the instance says, hex."""
        said = json.dumps(self.instance.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


def read(path: str | Path, scenario: str | None = None) -> Read:
    """Return the validated instance in a file, with a scenario applied if one is named.

    Raises `InstanceError` listing every fault of the file and of all its scenarios.
    """
    path = Path(path)
    source = read_source(path)
    tree = plain(source.tree)
    instance, faults = _validated(tree, {}, path)
    faults += _scenario_faults(tree, path, scenario) if not faults else []
    raise_all(faults, source, tree)
    if scenario is not None:
        changed, origins, _ = apply(tree, scenario)
        instance, faults = _validated(changed, origins, path)
        raise_all(faults, source, tree)
    assert instance is not None
    return Read(instance, path, scenario, source)


def _scenario_faults(tree: Any, path: Path, wanted: str | None) -> list[Fault]:
    """Return the faults that each scenario brings to a file that is sound without it."""
    faults: list[Fault] = []
    names = list(tree.get("scenarios") or {})
    if wanted is not None and wanted not in names:
        raise InputError(
            f"{path}: there is no scenario {wanted!r}{did_you_mean(wanted, names) or '; the file has none'}"
        )
    for name in names:
        changed, origins, own = apply(tree, name)
        faults += own or _validated(changed, origins, path)[1]
    return faults


def _validated(tree: Any, origins: dict[Loc, Loc], path: Path) -> tuple[Instance | None, list[Fault]]:
    tree, faults = expand(json_copy(tree))
    faults += inconsistencies(tree)
    instance = None
    try:
        instance = Instance.model_validate(tree)
    except ValidationError as error:
        told = {fault.loc for fault in faults}
        faults += [f for e in error.errors() if (f := from_pydantic(e, Instance)).loc not in told]
    if not faults and instance is not None:
        faults += _file_faults(instance, path.resolve().parent)
    return instance, [Fault(original(f.loc, origins), f.message, f.at_key) for f in faults]


def _file_faults(instance: Instance, folder: Path) -> list[Fault]:
    """Return the faults of the files that the instance names."""
    faults = []
    file = instance.weather.file
    if not file.startswith("pvlib:") and not (folder / file).is_file():
        faults.append(
            Fault(("weather", "file"), f"no such file: {folder / file} (`pvlib:NAME` names one that pvlib ships)")
        )
    for i, site in enumerate(instance.sites):
        series, loc = site.demand.load_kw, ("sites", i, "demand", "load_kw")
        if series is None:
            continue
        try:
            wrong = check_length(series, len(read_series(series, folder)))
        except InputError as error:
            wrong = str(error)
        if wrong:
            faults.append(Fault(loc, wrong))
    return faults


def json_copy(tree: Any) -> Any:
    """Return a copy whose dicts and lists may be changed; scalars are shared."""
    if isinstance(tree, dict):
        return {key: json_copy(value) for key, value in tree.items()}
    return [json_copy(value) for value in tree] if isinstance(tree, list) else tree
