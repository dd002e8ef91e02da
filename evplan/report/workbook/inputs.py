"""The sheet of inputs: what an analyst may change, and where the plan comes from."""

from __future__ import annotations

from typing import Any

RATES = {"discount_rate": "Discount rate", "tax_rate": "Tax rate", "equity_rate": "Return asked of equity"}
NAMED = {
    "sold": "Revenue, factor", "bill": "Electricity bill, factor", "om": "Upkeep, factor", "land": "Land, factor",
    "built": "Construction and replacements, factor",
}  # fmt: skip
FACTORS = {
    "revenue": "sold", "other_revenue": "sold", "host_share": "sold", "given_back": "sold", "premium": "sold",
    "energy": "bill", "demand": "bill", "capacity": "bill", "fixed": "bill", "minimum": "bill", "export_credit": "bill",
    "om": "om", "land": "land", "capex": "built", "replacements": "built", "depreciation": "built", "tax_credit": "built",
    "residual": "built", "book": "built", "grant": "built",
}  # fmt: skip
FIRST_ROW = 3
ROWS = {name: FIRST_ROW + k for k, name in enumerate((*RATES, *NAMED))}


def address(name: str) -> str:
    """Return the address of an input."""
    return f"Inputs!$B${ROWS[name] + 1}"


def write_inputs(page: Any, said: dict[str, Any], formats: dict[str, Any]) -> None:
    """Write the inputs. said : the summary of a run."""
    finance, owners = said["finance"], said["portfolio"]["owners"]
    page.set_column(0, 0, 44)
    page.set_column(1, 1, 14)
    title = said["title"] or said["instance"]
    page.write_string(0, 0, f"{title}: amounts in {said['currency']}, nominal, year 0 is construction", formats["bold"])
    page.write_string(
        1,
        0,
        "Yellow cells may be changed; the sheets of cash flows follow. Factors are on what is planned.",
        formats["text"],
    )
    values = {"discount_rate": finance["discount_rate"], "tax_rate": finance["tax_rate"], "equity_rate": owners["rate"]}
    for name, words in (RATES | NAMED).items():
        page.write_string(ROWS[name], 0, words, formats["text"])
        page.write_number(ROWS[name], 1, values.get(name, 1.0), formats["input"])
    lines: tuple[str, ...] = (
        f"evplan {said['evplan_version']}; instance {said['instance']}, SHA-256 {said['instance_hash']}",
        f"objective {said['objective']:,.0f}, bound {said['bound']:,.0f} {said['currency']}, gap {said['gap']:.3%}, {said['status']}; "
        f"worst residual of the check {said['checker']['worst_residual']:.1e}",
        "Sizes, dispatch and energy sold are the plan's: factors move money, not the plan; the loan stays as it was agreed.",
    )
    if finance["loss_years"]:
        lines = (
            *lines,
            f"Losses lapse after {finance['loss_years']} years: which of them are used are values, and follow no factor.",
        )
    for k, text in enumerate(lines):
        page.write_string(max(ROWS.values()) + 2 + k, 0, text, formats["text"])
