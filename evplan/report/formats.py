"""The folder of a plan or of a risk run in the format asked for; all are made from the same files, checked first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evplan.paths import require_writable


def render_all(folders: Sequence[Path], formats: Sequence[str], output: Path | None) -> list[Path]:
    """Write a run folder's report in every format asked for, or the page that sets several runs side by side; return the files."""
    if len(folders) == 1 and output is None:
        return [path for name in dict.fromkeys(formats) for path in render_as(name, folders[0])]
    from evplan.report.together import render_together

    target = output or Path("reports") / "comparison"
    require_writable(target)
    return render_together(folders, target, formats)


def render_as(name: str, folder: Path) -> list[Path]:
    """Write a run folder's report in a format and return its files; tables and summary are there already.

    Raises: InputError if the folder holds no run or was changed since the plan was checked.
    """
    from evplan.report.sealed import sealed

    said = sealed(folder)
    if name == "json":
        return [folder / "summary.json"]
    if said.get("kind") == "risk":
        from evplan.report.risk import render_risk
        from evplan.report.workbook.risk import render_risk_workbook

        return [render_risk_workbook(folder) if name == "xlsx" else render_risk(folder, name)]
    if name == "csv":
        return [folder / file for file in said["files"] if file.endswith(".csv")]
    return [_of_plan(name, folder)]


def _of_plan(name: str, folder: Path) -> Path:
    if name == "html":
        from evplan.report.investment import render

        return render(folder)
    if name == "pdf":
        from evplan.report.pdf import render_pdf

        return render_pdf(folder)
    from evplan.report.workbook.write import render_workbook

    return render_workbook(folder)
