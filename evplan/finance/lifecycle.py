"""Lifecycle cost: what a plan pays over its years, and what business as usual would."""

from __future__ import annotations

from dataclasses import dataclass

from evplan.finance.metrics import Irr


@dataclass(frozen=True)
class Lifecycle:
    """Lifecycle cost of a plan and of business as usual at equal service, in the file's money, after tax.

    usual, and all that follows from it : None where the grid alone cannot give the service; `why` then says so.
    savings_npv : of the cash flow saved, with batteries replaced as they wear.
    """

    cost: float
    usual: float | None = None
    usual_bill: float | None = None
    usual_connection_kw: float | None = None
    savings_npv: float | None = None
    savings_irr: Irr | None = None
    savings_payback_years: float | None = None
    why: str = ""
