"""The work of a dispatch: of a plan's site and year, the week with the highest import, or a day that is the mean of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

WEEK_H = 168.0
DIGITS = 3
SERIES = (
    "import_kw",
    "solar_used_kw",
    "discharge_kw",
    "charge_kw",
    "export_kw",
    "load_kw",
    "turned_away_kw",
    "v2g_bus_kw",
)


def dispatch(folder: Path, site: str, year: int, span: str) -> tuple[int, bytes]:
    """Return the status and the series of a site. folder : of the report.  span : `week` or `day`."""
    import pandas as pd

    table = pd.read_parquet(folder / "dispatch.parquet")
    table = table[(table["site"] == site) & (table["operating_year"] == year)].reset_index(drop=True)
    served = table[[name for name in table if name.startswith("served_")]].sum(axis=1)
    own = pd.DataFrame({name: table[name] for name in SERIES if name in table}).fillna(0.0).assign(served_kw=served)
    own["start"], own["step_h"], own["weight"] = table["start"], table["step_h"], table["weight"]
    shown = _day(own) if span == "day" else _week(own)
    return 200, orjson.dumps(_said(shown))


def _week(own: Any) -> Any:
    """Return the seven days, from a midnight on, in which import is highest."""
    at = int(own["import_kw"].to_numpy().argmax())
    day = own["start"].dt.normalize()
    days = list(dict.fromkeys(day))
    first = 7 * (days.index(day.iloc[at]) // 7)
    return own[day.isin(days[first : first + 7])]


def _day(own: Any) -> Any:
    """Return the mean of every time of day, each as often as it stands for in a year."""
    time = own["start"].dt.strftime("%H:%M")
    values = own.drop(columns=["start", "step_h", "weight"])
    total = values.mul(own["weight"], axis=0).groupby(time).sum()
    mean = total.div(own["weight"].groupby(time).sum(), axis=0)
    return mean.assign(start=[f"2000-01-01T{at}:00" for at in mean.index], step_h=float(own["step_h"].iloc[0]))


def _said(shown: Any) -> dict[str, Any]:
    """Return a table as series; when steps begin as local time without an offset."""
    start = shown["start"]
    at = (
        start.tolist()
        if start.dtype == object or str(start.dtype) == "str"
        else start.dt.strftime("%Y-%m-%dT%H:%M:%S").tolist()
    )
    names = [name for name in (*SERIES, "served_kw") if name in shown]
    return {
        "start": at,
        "step_h": float(shown["step_h"].iloc[0]),
        **{name: shown[name].round(DIGITS).tolist() for name in names},
    }
