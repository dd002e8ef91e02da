"""Instances to begin with, by what a page calls them."""

from __future__ import annotations

from pathlib import Path

from evplan.instance.new import TEMPLATE

EXAMPLES = {
    "Urban and rural, one week, seconds": Path(__file__).parent / "urban-and-rural.yaml",
    "One site, whole years, minutes": TEMPLATE,
}
