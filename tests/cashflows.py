"""Cash flows for tests, made of the few lines that a test is about."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.finance.cashflow import MONEY, Cashflow
from evplan.finance.tax import TaxLaw


def flow_of(law: TaxLaw, **lines: Any) -> Cashflow:
    """Return a cash flow of these lines, all others zero; what is depreciated is what construction bought."""
    given = {name: np.asarray(line, float) for name, line in lines.items()}
    zero = np.zeros_like(next(iter(given.values())))
    first = {"first_depreciation": given.get("depreciation", zero), "first_book": given.get("book", zero)}
    return Cashflow(**(dict.fromkeys(MONEY, zero) | first | given), law=law)
