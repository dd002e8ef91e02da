"""A folder that was written together: its summary holds the digests of its files, and its own."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evplan.errors import InputError
from evplan.paths import write_json

# The command that writes a kind of folder; all others are of `evplan solve`.
BY = {
    "schedule": "schedule",
    "schedule replay": "replay",
    "city": "city",
    "risk": "risk",
    "v2x": "simulate",
    "siting": "siting",
    "feeder": "feeder",
    "region": "region",
    "futures": "futures",
    "alternatives": "alternatives",
    "stages": "stages",
    "stages-futures": "stages --futures",
}


def seal(folder: Path, said: dict[str, Any], files: Sequence[str]) -> None:
    """Write summary.json with the digests of files that are in the folder."""
    said = {**said, "files": {file: sha256(folder / file) for file in files}}
    write_json(folder / "summary.json", {**said, "summary_sha256": _digest(said)})


def sealed(folder: Path, kind: str | None = None) -> dict[str, Any]:
    """Return the summary of a folder whose files are as they were written; raise `InputError` otherwise.

    kind : what it must be of, left out anything.
    """
    try:
        said = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        digests = dict(said["files"])
    except (FileNotFoundError, NotADirectoryError):
        command = f"evplan {BY.get(kind or 'plan', 'solve')}"
        raise InputError(f"{folder}: holds no summary.json; name a folder that `{command}` wrote") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise InputError(f"{folder}/summary.json: cannot be read ({error}); solve again") from None
    if said.get("summary_sha256") != _digest({k: v for k, v in said.items() if k != "summary_sha256"}):
        raise InputError(f"{folder / 'summary.json'}: was changed since the plan was checked; solve again")
    for file, digest in digests.items():
        if not (folder / file).is_file() or sha256(folder / file) != digest:
            raise InputError(f"{folder / file}: is missing or was changed since the plan was checked; solve again")
    if kind is not None and said.get("kind") != kind:
        what = f"holds a {said['kind']} run" if "kind" in said else "was written by an older evplan"
        raise InputError(f"{folder}: {what}; what is asked for is made from a {kind} of this version")
    return said


def clean(value: Any) -> Any:
    """Return plain JSON values: arrays as lists, NumPy scalars as numbers, infinities as null."""
    if isinstance(value, dict):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
