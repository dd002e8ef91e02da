"""From a run to a folder: summary, tables, figures, the investment page.

The package is callable, so that `evplan.report(run, folder)` writes a report.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evplan.report.run import Run


class _CallableModule(ModuleType):
    """A module that writes a report when it is called."""

    def __call__(self, run: Run, folder: str | Path) -> None:
        """Write the report of a run into a folder."""
        from evplan.report.write import write

        write(run, Path(folder))


sys.modules[__name__].__class__ = _CallableModule
