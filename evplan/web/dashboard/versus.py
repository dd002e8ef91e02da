"""The part of the page that puts two plans beside each other."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from evplan.report import words
from evplan.web.dashboard import drawing, parts, told
from evplan.web.dashboard.kept import Kept
from evplan.web.dashboard.results import KEYS
from evplan.web.dashboard.schedule import Schedule, read_schedule
from evplan.web.desk import Desk


def layout(desk: Desk) -> Any:
    """Return the part."""
    return parts.section(
        "versus", "Two plans beside each other",
        html.Div([parts.button("keep-a", "Keep this plan as A"), parts.button("keep-b", "Keep this plan as B")], className="bar"),
        parts.message("versus-said"), html.Div(id="versus-here"),
        dcc.Store(id="a", storage_type="session"), dcc.Store(id="b", storage_type="session"),
        intro="Keep a plan as A, change something, solve again, and keep that as B.",
    )  # fmt: skip


def add_callbacks(app: Dash, desk: Desk, kept: Kept) -> None:
    """Let the part keep plans, and compare."""

    def keep(_: Any, shown: str | None) -> tuple[Any, Any]:
        """Keep the plan that is shown."""
        if not shown:
            return no_update, told.lines_of("There is no plan to keep", ["solve one first"])
        return shown, told.good("Kept.")

    for one in ("a", "b"):
        app.callback(
            Output(one, "data"), Output("versus-said", "children", allow_duplicate=True), Input(f"keep-{one}", "n_clicks"),
            State("shown", "data"), prevent_initial_call=True,
        )(keep)  # fmt: skip

    @app.callback(
        Output("versus-here", "children"), Output("versus-said", "children"), Input("a", "data"), Input("b", "data")
    )  # fmt: skip
    def compare(a: str | None, b: str | None) -> tuple[Any, Any]:
        """Show both, once there are two."""
        if not a or not b:
            have = [name for name, id in (("A", a), ("B", b)) if id]
            return [], told.good(f"{have[0]} is kept; the other is missing.") if have else no_update
        try:
            return view(read_schedule(desk, a), read_schedule(desk, b)), told.good(
                "A and B are beside each other below."
            )
        except told.EXPECTED as error:
            return [], told.wrong(error)


def view(a: Schedule, b: Schedule) -> list[Any]:
    """Return two plans beside each other."""
    drawn = drawing.two(a, b)
    told_by = f"A imports {a.figures['peak_kw']:,.1f} kW at most, B {b.figures['peak_kw']:,.1f} kW."
    return [
        parts.table("A and B", ["", "A", "B", "B − A"], rows(a, b)),
        parts.figure("both", "Import of both plans", drawn, told_by),
    ]


def rows(a: Schedule, b: Schedule) -> list[list[str]]:
    """Return the key figures of two plans and what B has more than A."""
    same = a.currency == b.currency
    found = []
    for key, name, say in KEYS:
        money = key.endswith("cost")
        less = "–" if money and not same else more(say, key, b.figures[key] - a.figures[key], a.currency)
        found.append([name, say(a.figures[key], a.currency), say(b.figures[key], b.currency), less])
    return found


def more(say: Any, key: str, value: float, currency: str) -> str:
    """Return a difference, with its sign."""
    told_as = (
        f"{100 * value:,.1f} points".replace("-", words.number(-1.0, "")[0])
        if key == "satisfaction"
        else say(value, currency)
    )
    return f"+{told_as}" if value > 0 else told_as
