"""What a run is asked to do, known by a hash: its kind, the content of every file it reads, its options, and our version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from evplan import __version__

CHUNK = 1 << 20


@dataclass(frozen=True)
class Work:
    """A run to be done. file : that describes it.  named : files that it names, as they are named there.  options : of the command."""

    kind: str
    file: Path
    named: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Return the SHA-256 of the file and of each that it names; empty for one that cannot be read, which the run itself will tell."""
        own = {name: digest(self.file.parent / name) for name in sorted(set(self.named))}
        return {self.file.name: digest(self.file), **own}

    @cached_property
    def hash(self) -> str:
        """Return what the same work has in common, whatever its file and folder are called."""
        content = [self.inputs[self.file.name], *(self.inputs[name] for name in self.named)]
        said = {"version": __version__, "kind": self.kind, "inputs": content, "options": dict(self.options)}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def work_of(kind: str, file: Path, named: Iterable[tuple[Any, str]], **options: Any) -> Work:
    """Return a run of a file that has been read. named : (place, file) for each file that it names."""
    return Work(kind, file, tuple(name for _, name in named), options)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, read in parts, or of every file of a folder; empty where it cannot be read."""
    made = hashlib.sha256()
    try:
        if path.is_dir():
            parts = [f"{one.name} {digest(one)}" for one in sorted(path.iterdir()) if one.is_file()]
            return hashlib.sha256("\n".join(parts).encode()).hexdigest()
        with path.open("rb") as handle:
            while part := handle.read(CHUNK):
                made.update(part)
    except OSError:
        return ""
    return made.hexdigest()
