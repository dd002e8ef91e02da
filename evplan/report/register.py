"""The register of inputs as a table of a run, and as a reader sees it: each value with the number of its source."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from evplan.instance.register import DEFAULT, register
from evplan.report.page import Section, Table
from evplan.report.run import Run

if TYPE_CHECKING:
    import pandas as pd

MOST = 600  # rows on a page; all of them are in inputs.csv


def inputs_table(run: Run) -> pd.DataFrame:
    """Return every input of a run: what it is called, its value, unit, meaning, source, the source's date, where it is written."""
    import pandas as pd

    return pd.DataFrame([asdict(one) for one in register(run.read)]).rename(columns={"path": "input"})


def numbered(inputs: pd.DataFrame) -> dict[str, Any]:
    """Return inputs as lines (input, value with unit, number of the source, where), and the sources by number.

    inputs : table of `inputs_table`, as text.
    """
    cited = list(dict.fromkeys(zip(inputs["source"], inputs["date"], strict=True)))
    number = {pair: k for k, pair in enumerate(cited, start=1)}
    lines = [
        (row.input, f"{row.value} {row.unit}".strip(), number[row.source, row.date], "" if row.source == DEFAULT else row.place)
        for row in inputs.itertuples()
    ]  # fmt: skip
    sources = [(k, source + (f", {date}" if date else "")) for (source, date), k in number.items()]
    return {"lines": lines[:MOST], "sources": sources, "more": max(0, len(lines) - MOST)}


def register_section(inputs: dict[str, Any]) -> Section:
    """Return every input with the number of its source."""
    rows = [[name, value, str(source), place] for name, value, source, place in inputs["lines"]]
    more = [f"… and {inputs['more']} more: inputs.csv."] if inputs["more"] else []
    table = Table(["Input", "Value", "Source", "Where"], rows, 6, True, ("auto", "1fr", "auto", "auto"))
    return Section(
        "Register of inputs", table=table, notes=(*more, *(f"{k}. {source}" for k, source in inputs["sources"]))
    )
