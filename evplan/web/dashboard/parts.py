"""Parts that pages are made of: labelled inputs, figures with words and a table, key figures, tables, messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

CONFIG: Any = {"displayModeBar": False, "responsive": True, "scrollZoom": False}


def attributes(said: dict[str, str]) -> dict[str, Any]:
    """Return attributes whose names no keyword can have."""
    return dict(said)


def field(id: str, label: str, control: Any, help: str = "") -> Any:
    """Return a labelled input. help : a line under it."""
    under = [html.Small(help, className="help")] if help else []
    return html.Div([html.Label(label, htmlFor=id), control, *under], className="field")


def number(id: str, label: str, value: float | None, unit: str = "", help: str = "") -> Any:
    """Return a labelled input of a number. What it may be is said where it is used: a browser would only withhold what is not."""
    control = dcc.Input(id=id, type="number", value=value, step="any", className="input")
    return field(id, f"{label}, {unit}" if unit else label, control, help)


def text(id: str, label: str, value: str = "", help: str = "", choices: Sequence[str] = ()) -> Any:
    """Return a labelled input of a text. choices : that are offered, and not all that may be written."""
    offered = attributes({"list": f"{id}-choices"} if choices else {})
    control = dcc.Input(id=id, type="text", value=value, className="input", **offered)
    named = field(id, label, control, help)
    if choices:
        named.children.append(html.Datalist([html.Option(value=one) for one in choices], id=f"{id}-choices"))
    return named


def choice(id: str, label: str, options: dict[str, str], value: str) -> Any:
    """Return a labelled choice of one. options : words by value."""
    shown = [{"label": words, "value": one} for one, words in options.items()]
    return html.Fieldset(
        [html.Legend(label), dcc.RadioItems(shown, value, id=id, className="choice")], className="field"
    )


def area(id: str, label: str, help: str = "", rows: int = 6) -> Any:
    """Return a labelled input of several lines."""
    return field(id, label, dcc.Textarea(id=id, value="", rows=rows, spellCheck=False, className="input area"), help)


def button(id: Any, words: str, kind: str = "", **how: Any) -> Any:
    """Return a button. kind : `main` for what a page is for."""
    return html.Button(words, id=id, type="button", className=f"button {kind}".strip(), n_clicks=0, **how)


def section(id: str, heading: str, *children: Any, intro: str = "") -> Any:
    """Return a part of a page under its heading."""
    words = [html.P(intro, className="intro")] if intro else []
    return html.Section(
        [html.H2(heading, id=id), *words, *children], className="card", **attributes({"aria-labelledby": id})
    )


def upload(id: str, what: str) -> Any:
    """Return where a file is dropped or chosen; one that is of no use is told by who reads it. what : it is called."""
    words = html.Span(["Drop a file here, or ", html.Span("choose one", className="link")])
    drop = dcc.Upload(words, id=id, className="drop", className_active="drop active")
    return html.Div(drop, **attributes({"data-file": what}))  # names.js: its input is called so


def message(id: str) -> Any:
    """Return where what happens is told; read out when it changes."""
    return html.Div(id=id, role="status", className="said", **attributes({"aria-live": "polite"}))


def more(summary: str, *children: Any, id: str | None = None) -> Any:
    """Return what is shown when it is asked for."""
    named = attributes({} if id is None else {"id": id})
    return html.Details([html.Summary(summary), *children], className="more", **named)


def key_figures(rows: Sequence[tuple[str, str, str]]) -> Any:
    """Return key figures: name, value, what to compare it with."""
    return html.Dl(
        [
            html.Div([html.Dt(name), html.Dd([html.Span(value, className="value"), html.Span(beside, className="beside")])])
            for name, value, beside in rows
        ],
        className="figures",
    )  # fmt: skip


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], told: bool = False) -> Any:
    """Return a table that scrolls inside itself; the first cell of a row names it. told : whether the last is a sentence."""
    top = html.Tr([html.Th(head, scope="col") for head in heads])
    body = [
        html.Tr([html.Th(cell, scope="row") if not i else html.Td(cell) for i, cell in enumerate(row)]) for row in rows
    ]
    inside = html.Table([html.Caption(caption), html.Thead(top), html.Tbody(body)])
    return html.Div(
        inside,
        className="scrolls told" if told else "scrolls",
        role="region",
        tabIndex=0,
        **attributes({"aria-label": caption}),
    )


def figure(id: str, caption: str, drawn: dict[str, Any], words: str, below: Any = None) -> Any:
    """Return a figure. words : what it shows, for who does not see it.  below : a table of the same."""
    drawing = dcc.Graph(id=id, figure=drawn, config=CONFIG, className="graph", responsive=True)
    shown = html.Div(drawing, role="img", **attributes({"aria-label": f"{caption}. {words}"}))
    tables = [] if below is None else [more("The same as a table", below)]
    return html.Figure([html.Figcaption(caption), shown, html.P(words, className="words"), *tables])
