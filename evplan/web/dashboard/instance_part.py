"""The part of the page of plans where an instance comes from: a file, an example, or what is written."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from evplan.web.dashboard import parts, told
from evplan.web.dashboard.examples import EXAMPLES
from evplan.web.dashboard.sessions_part import bytes_of

SERIES = "Series must be shipped ones: no file of the server is opened."
SCENARIO = "Name of a scenario in the instance; left out, the instance as it stands."


def layout() -> Any:
    """Return the part."""
    examples = [parts.button({"example": name}, name) for name in EXAMPLES]
    return parts.section(
        "instance", "1. Instance", parts.upload("file", "Instance file"),
        html.H3("Or an example"), html.Div(examples, className="bar"), parts.message("instance-said"),
        parts.area("text", "Instance, YAML or JSON", SERIES, 14), parts.text("scenario", "Scenario", help=SCENARIO),
    )  # fmt: skip


def add_callbacks(app: Dash) -> None:
    """Let the part take an instance."""

    @app.callback(
        Output("text", "value"), Output("instance-said", "children"), Input("file", "contents"),
        *(Input({"example": name}, "n_clicks") for name in EXAMPLES), State("file", "filename"), prevent_initial_call=True,
    )  # fmt: skip
    def take(contents: str | None, *rest: Any) -> tuple[Any, Any]:
        """Put an instance where it can be read and changed."""
        asked, name = ctx.triggered_id, rest[-1]
        if isinstance(asked, dict):
            return EXAMPLES[asked["example"]].read_text(encoding="utf-8"), told.good(f"{asked['example']}: below.")
        try:
            return bytes_of(contents).decode("utf-8"), told.good(f"{name}: below.")
        except UnicodeDecodeError:
            return no_update, told.lines_of("The file is no text", [f"{name}: must be YAML or JSON in UTF-8"])
        except told.EXPECTED as error:
            return no_update, told.wrong(error)
