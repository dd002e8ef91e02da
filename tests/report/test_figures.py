"""Figures: what is written in them is what was meant, whatever is done to make them small."""

from __future__ import annotations

import re

import numpy as np

from evplan.report import drawing, risk_figures


def test_labels_keep_all_their_digits():
    across, down = [0.65, 1.03, 1.16], [10.125, 1.06, 1.13]
    found = {"first": "adoption", "second": "upkeep", "across": across, "down": down, "npv": [[1e3] * 3] * 3}
    texts = re.findall(r">([^<>]+)</text>", risk_figures.grid(found, "USD"))
    assert {"0.65", "1.03", "1.16", "10.12", "1.06", "1.13"} <= {text.strip() for text in texts}


def test_every_point_of_a_line_tells_its_value():
    figure, axes = drawing.axes_of()
    shown = drawing.points(axes, range(3), [1.0, 2.0, 3.0], ("a", "b", "c"), "line")
    drawn = drawing.svg(figure, "three points", shown)
    assert re.findall(r"<title>(\w)</title>", drawn) == ["a", "b", "c"]


def test_a_shorter_path_is_the_same_line():
    assert drawing.shortened("M 0 1 \nL 5 1 \nL 5 3 \nL 7.5 4 \nz\n") == "M0 1H5V3L7.5 4z"
    assert drawing.shortened("M 0 1 C 1 2 3 4 5 6") == "M 0 1 C 1 2 3 4 5 6"


def test_a_figure_is_the_same_every_time():
    values = np.linspace(-1e5, 3e5, 500)
    marks = {"P90": -2e4, "P50": 1e5, "P10": 2e5}
    assert risk_figures.probability(values, marks, "USD") == risk_figures.probability(values, marks, "USD")
