"""Tax depreciation of one purchase, as fractions of its cost by year after it.

MACRS, half-year convention: IRS Publication 946 (2023), table A-1.
"""

from __future__ import annotations

import numpy as np

from evplan.instance.catalogue import Incentives

MACRS = {
    5: (0.20, 0.32, 0.192, 0.1152, 0.1152, 0.0576),
    7: (0.1429, 0.2449, 0.1749, 0.1249, 0.0893, 0.0892, 0.0893, 0.0446),
    15: (0.05, 0.095, 0.0855, 0.077, 0.0693, 0.0623, 0.059, 0.059, 0.0591, 0.059, 0.0591, 0.059, 0.0591, 0.059, 0.0591, 0.0295),
}  # fmt: skip


def fractions(incentives: Incentives, straight_years: int) -> np.ndarray:
    """Return the fractions of a purchase depreciated in the first year after it, the second, and so on.

    They sum to 1, less the part of the tax credit that may not be depreciated.
    """
    years = incentives.depreciation or MACRS.get(incentives.macrs_years or 0, (1 / straight_years,) * straight_years)
    schedule = (1 - incentives.bonus_depreciation) * np.array(years)
    schedule[0] += incentives.bonus_depreciation
    return basis(incentives) * schedule


def basis(incentives: Incentives) -> float:
    """Return the part of a purchase that can be depreciated at all."""
    return 1 - incentives.itc_basis_reduction * incentives.investment_tax_credit
