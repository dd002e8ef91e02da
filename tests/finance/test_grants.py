"""What a grant is worth after the depreciation and the credits that it takes away, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evplan.assets.tariff import NO_BILL
from evplan.finance.cashflow import Running, make_cashflow, with_grant
from evplan.finance.grants import worth_of_grant
from evplan.finance.worth import npv
from evplan.instance.catalogue import Incentives
from evplan.instance.finance import Finance
from evplan.parameters.money import schedule


def test_the_worth_of_a_grant_is_summed_by_hand():
    # 1 in year 0; each of ten years depreciates 0.1 less: 0.025 more tax, at 8 %: 0.025 * 6.71008 = 0.16775
    built = [schedule(500.0, 0.0, 15, 15, Finance())]
    assert worth_of_grant(built, Finance()) == pytest.approx(1 - 0.025 * sum(1.08**-k for k in range(1, 11)))


def test_a_grant_for_what_is_written_off_at_once_and_credited_is_worth_less():
    # Half the money buys what ten years write off, half what bonus depreciation writes off in the first, with a credit of 30 % that
    # lowers its basis by half: per unit of grant 0.5 * 0.025 * 6.71008 + 0.5 * 0.25 * 0.85 / 1.08 of relief and 0.5 * 0.3 / 1.08.
    law = Incentives(bonus_depreciation=1.0, investment_tax_credit=0.3)
    built = [schedule(500.0, 0.0, 15, 15, Finance()), schedule(500.0, 0.0, 15, 15, Finance(), law)]
    annuity = sum(1.08**-k for k in range(1, 11))
    by_hand = 1 - 0.0125 * annuity - 0.5 * (0.25 * 0.85 + 0.3) / 1.08
    assert worth_of_grant(built, Finance()) == pytest.approx(by_hand)
    running = Running(np.zeros(1), np.zeros(1), (NO_BILL,), 0.0, 0.0)
    flow = make_cashflow(running, built, np.ones((15, 1)), Finance())
    twice = with_grant(with_grant(flow, 200.0, Finance()), 300.0, Finance())  # no matter in how many parts it comes
    assert npv(twice.net, 0.08) - npv(flow.net, 0.08) == pytest.approx(500 * by_hand)
    assert twice.tax_credit[1] == pytest.approx(0.3 * 250)
