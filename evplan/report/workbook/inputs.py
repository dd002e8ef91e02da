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
    "residual": "built", "book": "built",
}  # fmt: skip
FIRST_ROW = 3
ROWS = {name: FIRST_ROW + k for k, name in enumerate((*RATES, *NAMED))}
CHANGED = f"Inputs!$B${max(ROWS.values()) + 2}"  # whether any input is another than the plan's: 0 or 1


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
    same = ",".join(f"$B${ROWS[name] + 1}={values.get(name, 1.0)!r}" for name in ROWS)
    page.write_string(max(ROWS.values()) + 1, 0, "Changed (1) or as planned (0)", formats["text"])
    page.write_formula(max(ROWS.values()) + 1, 1, f"=IF(AND({same}),0,1)", formats["year"], 0)
    lines: tuple[str, ...] = (
        f"evplan {said['evplan_version']}; instance {said['instance']}, SHA-256 {said['instance_hash']}",
        f"objective {said['objective']:,.0f}, bound {said['bound']:,.0f} {said['currency']}, gap {said['gap']:.3%}, {said['status']}; "
        f"worst residual of the check {said['checker']['worst_residual']:.1e}",
        "Sizes, dispatch and energy sold are the plan's: factors move money, not the plan; loan and grant stay as agreed.",
    )
    for k, text in enumerate(lines):
        page.write_string(max(ROWS.values()) + 3 + k, 0, text, formats["text"])
