"""A run folder in the format asked for; all are made from the same files, checked first."""

from __future__ import annotations

from pathlib import Path


def render_as(name: str, folder: Path) -> list[Path]:
    """Write a run folder's report in a format and return its files; tables and summary are there already.

    Raises: InputError if the folder holds no run or was changed since the plan was checked.
    """
    from evplan.report.write import TABLES, read_run

    if name == "html":
        from evplan.report.investment import render

        return [render(folder)]
    if name == "pdf":
        from evplan.report.pdf import render_pdf

        return [render_pdf(folder)]
    if name == "xlsx":
        from evplan.report.workbook.write import render_workbook

        return [render_workbook(folder)]
    read_run(folder)
    return [folder / f"{table}.csv" for table in TABLES] if name == "csv" else [folder / "summary.json"]
