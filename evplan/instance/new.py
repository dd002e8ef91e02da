"""Write a first instance file, commented, ready to solve."""

from __future__ import annotations

from pathlib import Path

from evplan.errors import InputError
from evplan.paths import replacing

TEMPLATE = Path(__file__).parent / "templates" / "plan.yaml"


def write_new(path: Path, template: Path = TEMPLATE, then: str = "solve {file}") -> str:
    """Write a template to `path` and return what to do next. then : a command on {file}.

    Raises: InputError if something is there already.
    """
    if path.exists():
        raise InputError(f"{path}: exists already; name another file, or remove it first")
    with replacing(path) as temporary:
        temporary.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    return f"{path}: written. Next: evplan check {path}, then evplan {then.format(file=path)}"
