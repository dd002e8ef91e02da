"""Numbers and verdicts in words: units and currency on every number, at most four significant digits."""

from __future__ import annotations

from typing import Any


def money(amount: float | None, currency: str) -> str:
    """Return an amount with thousands separators and its currency, or a dash."""
    return "–" if amount is None else f"{_plain(f'{amount:,.0f}')} {currency}"


def _plain(digits: str) -> str:
    """Return a number with a minus sign, and none before zero."""
    return digits.lstrip("-") if not digits.strip("-0.,") else digits.replace("-", "−")


def total(amounts: list[float | None]) -> float | None:
    """Return the sum of amounts, or None if one of them does not exist."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def number(amount: float | None, unit: str, digits: int = 0) -> str:
    """Return a number with its unit, or a dash."""
    return "–" if amount is None else f"{_plain(f'{amount:,.{digits}f}')} {unit}".strip()


def percent(fraction: float | None, digits: int = 1) -> str:
    """Return a fraction as a percentage, or a dash."""
    return "–" if fraction is None else f"{_plain(f'{100 * fraction:,.{digits}f}')} %"


def times(ratio: float | None) -> str:
    """Return a ratio such as a coverage, or a dash."""
    return "–" if ratio is None else f"{_plain(f'{ratio:,.2f}')} ×"


def rate_of_return(figures: dict[str, Any]) -> str:
    """Return the internal rate of return, or why there is none."""
    words = {"none": "does not exist", "several": "several; none reported"}
    return words.get(figures["irr_status"]) or percent(figures["irr"])


def built_interest(finance: dict[str, Any]) -> float:
    """Return the part of construction that is interest and fee while building."""
    said = finance["construction"]
    factor = 1.0 if said is None else 1.0 + said["share"] * (said["rate"] * said["months"] / 24 + said["fee"])
    return 1 - 1 / factor


def reproducible(said: dict[str, Any]) -> str:
    """Return what it takes to make a run again, and how far it was proved and checked, in one line."""
    versions = ", ".join(f"{name} {version}" for name, version in said["versions"].items())
    verdict = "check passed" if said["checker"]["passed"] else "check failed"
    scenario = f", scenario {said['scenario']}" if said["scenario"] else ""
    proof = f"gap {percent(said['gap'], 4)}, {STATUS[said['status']]}"
    return (
        f"{said['instance']}{scenario}, SHA-256 {said['instance_hash']}; {versions}; {proof}; "
        f"{verdict}, largest residual {said['checker']['worst_residual']:.1e}."
    )


TERMS = {
    "npv": "Net present value",
    "irr": "Internal rate of return",
    "payback_years": "Payback, simple",
    "discounted_payback_years": "Payback, discounted",
    "roi": "Return on investment",
    "lcoc_per_kwh": "Levelised cost of charging",
    "viability_gap": "Viability gap",
    "lcoe_per_kwh": "Levelised cost of energy",
    "irr_real": "Real rate of return",
    "mirr": "Modified rate of return",
    "profitability_index": "Profitability index",
    "lcoc_before_tax_per_kwh": "Levelised cost before tax",
    "lcoc_undiscounted_energy_per_kwh": "Levelised cost over undiscounted energy",
    "equity_npv": "Owners' net present value",
    "equity_irr": "Owners' rate of return",
    "dscr": "DSCR",
    "llcr": "LLCR",
}
BATTERY_TERMS = {
    "State of health": "capacity of the cells, as a fraction of new",
    "Full equivalent cycle": "as much energy out and in again as the cells hold",
    "1/h (C-rate)": "power over energy capacity: at 0.5 1/h a full battery is empty in two hours",
    "Calendar fade": "what time takes of the capacity, used or not; the warmer and the fuller, the faster",
    "90 % of batteries": "of batteries of one kind in one service, nine in ten lie within the band; it says nothing of other kinds",
}
STATUS = {
    "optimal": "proved",
    "time_limit": "not proved: the time limit came first",
    "interrupted": "not proved: stopped",
    "stalled": "not proved: the gap asked for is below the solver's accuracy",
}


def verdict(figures: dict[str, Any], target_irr: float, currency: str) -> str:
    """Return one sentence that says whether a cash flow pays, and if not what support makes it pay."""
    gap, target = figures["viability_gap"], percent(target_irr)
    built = figures["capex"] or figures.get("host_capex")
    if not built and figures.get("appraised_against") == "nothing new":
        return "Nothing is added to what stands: no size earns its cost here."
    if not built:
        return "Nothing is built: no size earns its cost here, and no service is required."
    if gap["grant"] == 0:
        saved = " of what it adds" if figures.get("appraised_against") == "nothing new" else ""
        worth = f"net present value{saved} {money(figures['npv'], currency)}"
        return f"It pays: {worth}, internal rate of return {rate_of_return(figures)} against a target of {target}."
    if gap["grant"] is None:
        return f"It does not pay, and no capital grant brings it to the target return of {target}."
    share = gap["grant_fraction_of_capex"]
    short = "It does not pay by itself:"
    if figures["npv"] > 0:
        short = (
            f"It earns a net present value of {money(figures['npv'], currency)} but falls short of the target return:"
        )
    said = f"{short} a capital grant of {money(gap['grant'], currency)} ({percent(share, 0)} of construction)"
    per_kwh = f", or {gap['per_kwh']:.3f} {currency} for every kWh sold," if gap["per_kwh"] is not None else ""
    more = " The grant exceeds construction: it would also pay for running losses." if share and share > 1 else ""
    return f"{said}{per_kwh} brings it to the target return of {target}.{more}"


FALLING = {
    "end": "Amounts fall at year ends.", "middle": "Amounts fall in the middle of their year.",
    "beginning": "Amounts fall at the beginning of their year.",
}  # fmt: skip


def tax(finance: dict[str, Any]) -> str:
    """Return when amounts fall and what becomes of losses, in sentences."""
    said = FALLING[finance["discounting"]]
    if finance["losses"] == "refunded":
        return f"{said} A loss relieves the owner's other tax in the same year."
    share = "" if finance["loss_share"] == 1 else f", up to {percent(finance['loss_share'], 0)} of each"
    kept = f" for {finance['loss_years']} years" if finance["loss_years"] else ""
    return f"{said} Losses wait{kept} for profits{share}."


def offers(site: str, considered: list[dict[str, Any]], currency: str, gap: float) -> str:
    """Return what a site was offered, which was picked, and what each other gives up; nothing where the offers are the same.

    gap : as a fraction of the objective; smaller differences are none.
    """
    tariffs = {offer["tariff"] for offer in considered}
    if len(tariffs) == 1 and not any(offer["battery_kwh"] for offer in considered):
        return ""  # when to replace the cells of no battery
    if len(considered) < 2:
        return ""
    picked = next(offer for offer in considered if offer["picked"])
    least = max(0.5, gap * abs(picked["objective"]))
    others = (
        f"{_offer(one, considered)}: {_less(picked, one, least, currency)}" for one in considered if not one["picked"]
    )
    proved = all(offer["status"] == "optimal" for offer in considered)
    open_end = "" if proved else "; not all were planned to their end, so another may be the best"
    return f"{site}: {_offer(picked, considered)}, the best of {len(considered)} ({'; '.join(others)}){open_end}"


def _less(picked: dict[str, Any], other: dict[str, Any], least: float, currency: str) -> str:
    """Return what an offer gives up, and where its net present value moves another way, that too."""
    given_up, worth = picked["objective"] - other["objective"], picked["npv"] - other["npv"]
    said = f"{money(given_up, currency)} less" if given_up > least else "no different within the gap"
    return said if worth >= -least else f"{said}, though its net present value is {money(-worth, currency)} more"


def _offer(offer: dict[str, Any], beside: list[dict[str, Any]]) -> str:
    """Return how an offer differs from those beside it, in words."""
    parts = [f"tariff {offer['tariff']}"] if len({other["tariff"] for other in beside}) > 1 else []
    if len({other["end_of_life_soh"] for other in beside}) > 1:
        parts.append(f"cells replaced at {percent(offer['end_of_life_soh'], 0)} health")
    return ", ".join(parts)


def funding(figures: dict[str, Any] | None, currency: str) -> str:
    """Return one sentence on what the limits on all sites together left, and what they cost."""
    if figures is None:
        return ""
    limits, parts = figures["limits"], []
    if limits["budget"] is not None:
        parts.append(f"construction {money(figures['construction'], currency)} of {money(limits['budget'], currency)}")
    if limits["subsidy"] is not None:
        parts.append(f"grants {money(figures['grants'], currency)} of {money(limits['subsidy']['pot'], currency)}")
    if limits["rural_min_served"] and figures["rural_served_share"]:
        served = min(figures["rural_served_share"].values())
        parts.append(f"rural service {percent(served)} of {percent(limits['rural_min_served'])} owed")
    built = [site["name"] for site in figures["sites"] if site["funded"]]
    names = ", ".join(built) if built else "none"
    cost = f"the limits cost {money(max(0.0, figures['given_up']), currency)} of the objective"
    return f"Portfolio limits: {'; '.join(parts)}; {cost}. Sites built or added to: {names}."
