"""Read a schedule file: YAML to a validated site, every fault at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evplan.instance.faults import Fault, raise_all, require_kind
from evplan.instance.horizon import zone_faults
from evplan.instance.schema import DIALECT
from evplan.instance.source import Source, plain, read_source
from evplan.instance.wording import schema_faults
from evplan.schedule.site import ScheduleSite


@dataclass(frozen=True)
class ReadSite:
    """A validated site and where it came from."""

    site: ScheduleSite
    path: Path
    source: Source

    @property
    def told(self) -> str:
        """Return one line that says what the file holds."""
        own = self.site
        return f"{self.path}: sound. Schedules: {own.connection.limit_kw:g} kW, steps of {own.step_minutes} min, {own.timezone}."


def json_schema() -> str:
    """Return the JSON Schema of a schedule file, as text ending in a newline."""
    return json.dumps({"$schema": DIALECT, **ScheduleSite.model_json_schema()}, indent=2) + "\n"


def read_site(path: str | Path) -> ReadSite:
    """Return the validated site in a file. Raises: InstanceError listing every fault."""
    path = Path(path)
    source = read_source(path)
    require_kind(source, source.tree, "schedule")
    tree = plain(source.tree)
    faults: list[Fault] = list(zone_faults(tree, ("timezone",)))
    site: Any = None
    try:
        site = ScheduleSite.model_validate(tree)
    except ValidationError as error:
        faults += schema_faults(error, ScheduleSite)
    raise_all(faults, source, tree)
    return ReadSite(site, path, source)
