"""What a request may not say, because it would open or write a file of the server: series, models, programmes, solvers' own options.

Every place of the tree is looked at, and every dotted path of a scenario or a future, before anything is read.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from evplan.instance.faults import Fault
from evplan.instance.named import files_in, parts_of, values_in

FILE = "names a file, and none is opened here; name what is shipped, or run `evplan solve` where the file is"
OPTIONS = "are not taken here: some of them write files; gap and time_limit_s are"


def opened(tree: Any) -> list[Fault]:
    """Return a fault for everything in an instance that would open a file, and for solvers' options."""
    options = [
        Fault(loc, OPTIONS, at_key=True) for loc, said, value in values_in(tree) if _is_options(loc, said) and value
    ]
    return [*options, *(Fault(loc, FILE) for loc, _ in files_in(tree))]


def _is_options(loc: tuple[Any, ...], said: tuple[str, ...]) -> bool:
    """Return whether a place is a solver's options, or a dotted path that leads into them; not one within them."""
    own = said[-len(parts_of(str(loc[-1]))) - 1 :] if loc and isinstance(loc[-1], str) else ()
    return ("solver", "options") in pairwise(own)
