"""The work of an uploaded file: sessions of any form that is known as rows of ours, and the text of a schedule file as JSON."""

from __future__ import annotations

import datetime
import math
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from evplan.errors import EvplanError, InputError
from evplan.instance.faults import require_kind
from evplan.instance.horizon import zone_faults
from evplan.instance.source import plain, read_source
from evplan.schedule.chargers import Chargers
from evplan.schedule.names import SessionColumns
from evplan.schedule.read import read_site
from evplan.schedule.sessions import Sessions
from evplan.schedule.tables import read_sessions
from evplan.web.problem import of_error

FORMS = (".csv", ".json", ".parquet", ".xlsx")
UNPACKED_BYTES = 200_000_000  # of a workbook
ANY_KW = 2000.0  # the most that a session may say; what it does not say is the charger's
ANY = Chargers(power_kw=ANY_KW)


def rows(name: str, content: bytes, zone: str, most: int, site: bytes = b"") -> tuple[int, bytes]:
    """Return the status and the sessions of an uploaded file as a request takes them.

    zone : of times without an offset.  most : sessions.  site : the text of a schedule file; where it says a time zone and what columns
    are called, that holds.
    """
    zone, columns = _said_by(site, zone)
    form = Path(name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="evplan-") as folder:
        path = Path(folder) / f"sessions{form if form in FORMS else ''}"
        try:
            if form not in FORMS:
                raise InputError(f"{path}: must be a file of sessions, {', '.join(FORMS)}")
            if faults := list(zone_faults({"timezone": zone}, ("timezone",))):
                raise InputError("\n".join(f"timezone {fault.message}" for fault in faults))
            path.write_bytes(content)
            _require_small(path, most)
            found = read_sessions(path, ANY, zone, columns)
            if len(found) > most:
                raise InputError(f"{path}: holds {len(found):,} sessions; at most {most:,} are taken here")
        except EvplanError as error:
            return of_error(InputError(str(error).replace(str(path), name)))
    return 200, orjson.dumps({"sessions": _rows(found, ZoneInfo(zone))})


def _said_by(site: bytes, zone: str) -> tuple[str, SessionColumns]:
    """Return the time zone and the columns that a schedule file says; what is wrong with it is told when it is solved."""
    if site.strip():
        with tempfile.TemporaryDirectory(prefix="evplan-") as folder, suppress(EvplanError):
            path = Path(folder) / "schedule.yaml"
            path.write_bytes(site)
            said = read_site(path).site
            return said.timezone, said.columns
    return zone, SessionColumns()


def _require_small(path: Path, most: int) -> None:
    """Raise `InputError` for a packed file that is far larger than it looks, before it is unpacked."""
    too_large = InputError(f"{path}: is too large when it is unpacked; at most {most:,} sessions are taken here")
    if path.suffix == ".xlsx" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            if sum(part.file_size for part in book.infolist()) > UNPACKED_BYTES:
                raise too_large
    if path.suffix == ".parquet":
        from pyarrow import ArrowException
        from pyarrow.parquet import read_metadata

        with suppress(ArrowException, OSError):  # whoever reads it says what is wrong
            if read_metadata(path).num_rows > most:
                raise too_large


def site(text: bytes) -> tuple[int, bytes]:
    """Return the status and what the text of a schedule file says, as a tree."""
    with tempfile.TemporaryDirectory(prefix="evplan-") as folder:
        path = Path(folder) / "schedule.yaml"
        path.write_bytes(text)
        try:
            source = read_source(path)
            require_kind(source, source.tree, "schedule")
            return 200, orjson.dumps(plain(source.tree), option=orjson.OPT_NON_STR_KEYS)
        except EvplanError as error:
            return of_error(InputError(str(error).replace(f"{folder}/", "")))
        except TypeError as error:  # a value that JSON has no word for
            return of_error(InputError(f"schedule.yaml: holds a value that cannot be used here ({error})"))


def _rows(found: Sessions, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return sessions as rows; what a file leaves out stays out."""

    def local(second: float) -> str:
        return datetime.datetime.fromtimestamp(second, zone).isoformat()

    times = zip(map(local, found.arrival_s.tolist()), map(local, found.departure_s.tolist()), strict=True)
    usual = {
        "max_power_kw": ANY_KW,
        "min_power_kw": 0.0,
        "priority": 1.0,
        "phases": 3,
        "phase": 0,
        "charger": "",
        "v2g": False,
    }
    fields = {
        "id": found.name, "energy_kwh": found.energy_kwh, "max_power_kw": found.max_kw, "min_power_kw": found.min_kw,
        "priority": found.priority, "phases": found.phases, "phase": found.phase, "charger": found.charger, "v2g": found.gives,
        "battery_kwh": found.battery_kwh, "arrival_soc": found.arrival_soc,
    }  # fmt: skip
    cells = zip(*(values.tolist() for values in fields.values()), strict=True)
    made = (dict(zip(fields, row, strict=True)) for row in cells)
    return [
        {"arrival": come, "departure": leave, **{key: said for key, said in one.items() if _says(usual, key, said)}}
        for (come, leave), one in zip(times, made, strict=True)
    ]


def _says(usual: dict[str, Any], key: str, said: Any) -> bool:
    """Return whether a cell says something that is not taken for granted."""
    return not (isinstance(said, float) and math.isnan(said)) and said != usual.get(key, math.nan)
