"""Make docs/formulation.md from the docstrings of the models, so that the page says what the program does.

python docs/build.py [--check]
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "formulation.md"
HEAD = """# The formulation

Made by `python docs/build.py` from the docstrings of the models; a test keeps it fresh. Variables carry their units; a name at
the end of a row is that of the constraint in the program. How the parts fit is on [the method's page](method.md), words are in
the [glossary](glossary.md).
"""
FORMULATION = (
    "site", "terms", "connection", "chargers", "sessions", "managed", "hosting", "reach", "battery", "solar", "tariff", "demand",
    "metered", "tiers", "inner", "carbon", "outage", "standing", "portfolio",
)  # fmt: skip
CHAPTERS = {
    "The site": [f"formulation/{name}.py" for name in FORMULATION],
    "Ageing": ["degradation/fade.py", "degradation/pricing.py"],
    "Money": ["finance/cashflow.py", "finance/tax.py", "finance/loan.py", "finance/financing.py"],
    "Where stations go": [f"siting/{name}.py" for name in (
        "model/__init__", "model/stations", "model/coverage", "model/service", "model/rules", "model/goals", "reach",
    )],
    "The feeder": [f"feeder/{name}.py" for name in (
        "flow", "metrics", "ageing", "control/program", "planning/envelopes", "planning/phases",
    )],
    "The city": ["city/balance.py", "city/least_cost.py"],
    "The region": ["region/pot.py"],
}  # fmt: skip


def made() -> str:
    """Return the page."""
    parts = [HEAD]
    for chapter, files in CHAPTERS.items():
        parts += [f"## {chapter}\n", *(section(file) for file in files)]
    return "\n".join(parts)


def section(file: str) -> str:
    """Return a model's docstring as a section: its first sentence, then the mathematics as it stands."""
    text = ast.get_docstring(ast.parse((ROOT / "evplan" / file).read_text(encoding="utf-8"))) or ""
    first, _, rest = text.partition("\n\n")
    head = f"### `{file}`\n\n{' '.join(first.split())}\n"
    return f"{head}\n```text\n{rest.strip(chr(10))}\n```\n" if rest else head


def main() -> int:
    """Write the page, or say whether it is fresh."""
    if "--check" in sys.argv:
        return int(PAGE.read_text(encoding="utf-8") != made())
    PAGE.write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
