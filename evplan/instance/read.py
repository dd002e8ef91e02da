"""Read an instance file: parse, apply a scenario, fill in shipped figures, validate, report all faults."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from evplan.errors import InputError
from evplan.instance.consistency import inconsistencies
from evplan.instance.context import fill
from evplan.instance.drawn import drawn_faults
from evplan.instance.faults import MISSING, Fault, raise_all, require_kind
from evplan.instance.files import file_faults
from evplan.instance.named import files_in
from evplan.instance.notes import notes
from evplan.instance.reach import reach_faults
from evplan.instance.references import expand
from evplan.instance.scenarios import Origins, apply, blamed, origin
from evplan.instance.schema import Instance
from evplan.instance.source import Loc, Position, Source, plain, read_source
from evplan.instance.suggest import did_you_mean
from evplan.instance.wording import schema_faults


@dataclass(frozen=True)
class Read:
    """A validated instance, where it came from, and the scenario applied."""

    instance: Instance
    path: Path
    scenario: str | None
    source: Source
    origins: Origins
    cases: dict[str, Instance] = field(default_factory=dict)  # the instance in each of its named futures

    @property
    def folder(self) -> Path:
        """Return the folder that series files are relative to."""
        return self.path.resolve().parent

    @property
    def placed(self) -> Read:
        """Return the same by its whole path, for whoever works in another folder."""
        return replace(self, path=self.path.absolute())

    @property
    def told(self) -> str:
        """Return one line that says what the file holds, and one for each note."""
        sites, scenarios = len(self.instance.sites), ", ".join(self.instance.scenarios) or "none"
        sound = f"{self.path}: sound. Sites: {sites}. Scenarios: {scenarios}."
        return "\n".join([sound, *(f"note: {note}" for note in self.notes)])

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is allowed but hardly meant."""
        return tuple(notes(self.instance, self.folder))

    def position(self, loc: Loc) -> Position:
        """Return where the file says what stands at a place of the instance: in the scenario, if it says so."""
        return self.source.position(origin(loc, self.origins))

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
    require_kind(source, tree, "plan")
    raise_all(reach_faults(files_in(tree), path.resolve().parent), source, tree)  # before any is opened
    instance, faults = _validated(tree, path)
    raise_all(faults, source, tree)
    variants = {
        name: _changed(tree, changes, ("scenarios", name), path) for name, changes in tree.get("scenarios", {}).items()
    }
    raise_all([fault for _, found, _ in variants.values() for fault in found], source, tree)
    origins: Origins = {}
    if scenario is not None:
        instance, _, origins = variants.get(scenario) or _unknown(path, scenario, list(variants))
        tree, _, _ = apply(tree, tree["scenarios"][scenario], ("scenarios", scenario))
    assert instance is not None
    cases = {
        name: _changed(tree, case.changes, ("futures", "cases", name, "changes"), path)
        for name, case in (instance.futures.cases if instance.futures else {}).items()
    }
    raise_all([fault for _, found, _ in cases.values() for fault in found], source, tree)
    futures = {name: case for name, (case, _, _) in cases.items() if case is not None}
    return Read(instance, path, scenario, source, origins, futures)


def _unknown(path: Path, scenario: str, names: list[str]) -> NoReturn:
    known = did_you_mean(scenario, names) or "; the file has none"
    raise InputError(f"{path}: there is no scenario {scenario!r}{known}")


def _changed(
    tree: Any, changes: dict[str, Any], place: Loc, path: Path
) -> tuple[Instance | None, list[Fault], Origins]:
    """Return the instance with changes that the file says at a place, their faults, and where its values stand."""
    changed, origins, faults = apply(tree, changes, place)
    if faults:
        return None, faults, origins
    instance, faults = _validated(changed, path)
    return instance, [blamed(fault, origins, place, changed) for fault in faults], origins


def _validated(tree: Any, path: Path) -> tuple[Instance | None, list[Fault]]:
    tree, faults = expand(copy.deepcopy(tree))
    tree, wrong = fill(tree, path.resolve().parent)
    faults += [*wrong, *inconsistencies(tree)]
    try:
        instance = Instance.model_validate(tree)
    except ValidationError as error:
        return None, faults + _new_faults(schema_faults(error, Instance), faults)
    return instance, faults or [*drawn_faults(instance), *file_faults(instance, path.resolve().parent)]


def _new_faults(found: list[Fault], told: list[Fault]) -> list[Fault]:
    """Return the schema's faults without those told already: an unknown `use` or a slip in a name says it is missing."""
    places = {fault.loc for fault in told}
    unfilled = {loc[:-1] for loc in places if loc[-1:] == ("use",)}
    meant = {(*f.loc[:-1], f.meant) for f in found if f.meant}
    needless = {f.loc for f in found if f.message.startswith(MISSING) and (f.loc[:-1] in unfilled or f.loc in meant)}
    return [fault for fault in found if fault.loc not in places | needless]
