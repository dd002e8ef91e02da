"""What a line of cash is worth, as live formulas: net present value, rate of return with its status, payback.

NPV         = SUMPRODUCT(net, discount)
IRR         given where cash changes its sign once, or its running sum does, from below (then one rate above 0 % exists; Norstrom 1972);
            or where nothing was changed and the plan's own rate is known to be the only one
payback     = the year in which the running sum turns positive for good
"""

from __future__ import annotations

import numpy as np

from evplan.finance.metrics import irr, payback_years, spread
from evplan.instance.finance import Finance
from evplan.parameters.money import LEAD, discounts
from evplan.report.workbook.inputs import CHANGED
from evplan.report.workbook.sheet import Sheet

TINY = "1E-9"  # of the file's money: what is no cash


def write_metrics(
    sheet: Sheet, of: str, line: str, flow: np.ndarray, asked: str, rate: float, finance: Finance
) -> None:
    """Write net present value, rate of return and payback of a line of cash. asked : the input that discounts it."""
    falling, factors = finance.discounting, discounts(rate, sheet.years, finance.discounting)
    powers = [max(k - LEAD[falling], 0.0) for k in sheet.every_year]
    formulas = [f"=1/(1+{sheet.rate(asked)})^{power:g}" for power in powers]
    sheet.formulas(f"{of}discount", "Discount factor", formulas, factors, "plain")
    sheet.running_sum(f"{of}sum", "Running sum", line, flow)
    product = f"=SUMPRODUCT({sheet.span(line)},{sheet.span(f'{of}discount')})"
    sheet.figure(f"{of}npv", "Net present value", product, float(factors @ flow), "money")
    _rate_of_return(sheet, of, line, flow, finance)
    _payback(sheet, of, line, flow)


def _rate_of_return(sheet: Sheet, of: str, line: str, flow: np.ndarray, finance: Finance) -> None:
    found, falling = irr(flow, finance.discounting), finance.discounting
    turns = _turns(sheet, f"{of}turns", "Changes of sign so far", line, flow)
    _turns(sheet, f"{of}sum turns", "Changes of sign of the running sum", f"{of}sum", np.cumsum(flow))
    cells = sheet.span(line)
    if falling != "end":
        periods = _by_period(sheet, line, falling)
        sheet.formulas(f"{of}periods", PERIODS[falling], periods, spread(flow, falling))
        cells = sheet.span(f"{of}periods", 0, len(periods) - 1)
    rate = f"(1+IRR({cells}))^2-1" if falling == "middle" else f"IRR({cells})"
    changes, of_sum = sheet.cell(f"{of}turns", sheet.years), sheet.cell(f"{of}sum turns", sheet.years)
    known = f"{changes}=1"
    if found.status == "unique":
        known = f"OR({known},AND({of_sum}=1,{sheet.cell(line, 0)}<0),{CHANGED}=0)"
    none, several = "none", "none, or several"
    formula = f'=IF({changes}=0,"{none}",IF({known},{rate},"{several}"))'
    shown = found.value if found.value is not None else none if not turns else several
    sheet.figure(f"{of}irr", "Internal rate of return", formula, shown, "share")


def _payback(sheet: Sheet, of: str, line: str, flow: np.ndarray) -> None:
    sums, total = [sheet.cell(f"{of}sum", k) for k in sheet.every_year], np.cumsum(flow)
    turns = [k > 0 and total[k - 1] < 0 <= total[k:].min() for k in sheet.every_year]
    paid = [k - 1 - total[k - 1] / flow[k] if turns[k] else 0.0 for k in sheet.every_year]
    formulas = ["=0"] + [
        f"=IF(AND({sums[k - 1]}<0,MIN({sheet.span(f'{of}sum', k)})>=0),{k - 1}-{sums[k - 1]}/{sheet.cell(line, k)},0)"
        for k in sheet.every_year[1:]
    ]
    sheet.formulas(f"{of}paid", "Paid back for good after, years", formulas, paid, "plain")
    years = payback_years(flow)
    formula = f'=IF({sums[-1]}<0,"never",MAX({sheet.span(f"{of}paid")}))'
    sheet.figure(f"{of}payback", "Payback, years", formula, "never" if total[-1] < 0 else years or 0.0, "plain")


def _turns(sheet: Sheet, name: str, title: str, line: str, values: np.ndarray) -> int:
    """Write how often a line has changed its sign by each year, years without cash left aside; return how often in all."""
    sign = f"{name} sign"
    sheet.rows[sign] = sheet.at
    signs, last = [], 0.0
    for value in values:
        last = last if abs(value) < float(TINY) else float(np.sign(value))
        signs.append(last)
    before = ["0", *(sheet.cell(sign, k - 1) for k in sheet.every_year[1:])]
    formulas = [
        f"=IF(ABS({sheet.cell(line, k)})<{TINY},{before[k]},SIGN({sheet.cell(line, k)}))" for k in sheet.every_year
    ]
    sheet.formulas(sign, f"{title}: sign", formulas, signs, "year")
    sheet.rows[name] = sheet.at
    counts = np.concatenate([[0], np.cumsum(np.diff(signs) * np.array(signs[:-1]) < 0)])
    later = (f"IF({sheet.cell(sign, k)}*{sheet.cell(sign, k - 1)}<0,1,0)" for k in sheet.every_year[1:])
    so_far = ["=0", *(f"={sheet.cell(name, k)}+{turn}" for k, turn in enumerate(later))]
    sheet.formulas(name, title, so_far, counts, "year")
    return int(counts[-1])


PERIODS = {"middle": "Cash by half years", "beginning": "Cash by the year in which it falls"}


def _by_period(sheet: Sheet, line: str, falling: str) -> list[str]:
    """Return formulas for cash by the periods at whose ends it falls."""
    years = [f"={sheet.cell(line, k)}" for k in sheet.every_year]
    if falling == "beginning":
        return [f"{years[0]}+{sheet.cell(line, 1)}", *years[2:]]
    halves = ["=0"] * (2 * len(years) - 2)
    halves[0], halves[1::2] = years[0], years[1:]
    return halves
