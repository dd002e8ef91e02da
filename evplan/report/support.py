"""Public support in words: what each instrument must give, what programmes give, and what follows."""

from __future__ import annotations

from typing import Any

from evplan.report.words import money, percent

SUPPORT = {
    "grant": "Capital grant", "premium": "Premium per kWh", "loan": "Cheaper loan", "tariff-waiver": "Grid charges waived",
    "land-waiver": "Land cost waived", "tax-credit": "Investment tax credit",
}  # fmt: skip
CRITERIA = {
    "npv": "a net present value of zero at the discount rate", "irr": "the target return", "equity": "the owners' return",
    "dscr": "the coverage asked of the loan",
}  # fmt: skip


def needed(gap: dict[str, Any], currency: str, built: float) -> str:
    """Return how much of an instrument closes the gap, and what it costs the public."""
    amount, cost = gap["amount"], gap["public_cost"]
    if amount is None:
        return "does not close it"
    if amount == 0:
        return "not needed"
    said = {
        "grant": f"{money(amount, currency)} ({percent(amount / built, 0)} of construction)"
        if built
        else money(amount, currency),
        "premium": f"{amount:.3f} {currency}/kWh",
        "loan": f"{100 * amount:.2f} points off its rate",
        "tax-credit": f"{percent(amount)} of construction",
    }.get(gap["instrument"], percent(amount))
    return f"{said}; public cost {money(cost, currency)}"


def rows(said: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return what each instrument must give, at each site and for all together; nothing where none is needed."""
    groups = [*said["sites"], said["portfolio"]]
    if all(gap["amount"] == 0 for group in groups for gap in group["support"]):
        return []
    by_name = [{gap["instrument"]: gap for gap in group["support"]} for group in groups]
    return [
        (SUPPORT[name], [needed(own[name], said["currency"], group["capex"]) for own, group in zip(by_name, groups, strict=True)])
        for name in by_name[-1]
    ]  # fmt: skip


def criteria(said: dict[str, Any]) -> str:
    """Return what support is asked to reach."""
    return " and ".join(CRITERIA[name] for name in said["finance"]["support"]["criteria"] or ("irr",))


def given(programme: dict[str, Any], currency: str) -> list[str]:
    """Return what each measure of a programme gives, in words."""
    return [f"{one['measure']}: {one['why'] or _amount(one, currency)}" for one in programme["given"]]


def _amount(one: dict[str, Any], currency: str) -> str:
    unit = f"{currency}/kWh" if one["instrument"] == "premium" else currency
    said = f"{one['amount']:.3f} {unit}" if one["instrument"] == "premium" else money(one["amount"], currency)
    kind = {"tax-credit": " off tax"}.get(one["instrument"], "")
    return f"{said}{kind}; public cost {money(one['public_cost'], currency)}"


def outcome(programme: dict[str, Any], currency: str) -> str:
    """Return where a programme leaves a site."""
    worth = (
        f"net present value {money(programme['npv'], currency)}, internal rate of return {percent(programme['irr'])}"
    )
    if programme["closed"]:
        return f"with it the site meets what is asked: {worth}"
    missing = programme["still_missing_grant"]
    rest = "no grant would do" if missing is None else f"a further grant of {money(missing, currency)} would do"
    return f"with it the site still falls short: {worth}; {rest}"


def rules(site: dict[str, Any]) -> list[str]:
    """Return where the rules of a site's programmes stand, of which day, and what they say that no figure does."""
    return [
        f"{one['title']}: {one['source']}; looked up {one['dated']}. {' '.join(one['notes'])}".strip()
        for one in site["programmes"]
    ]


def recommendation(site: dict[str, Any], asked: str, currency: str) -> str:
    """Return what follows for a site, with the figures behind it."""
    name = site["name"]
    if not site["capex"] and not site["host_capex"]:
        return f"{name}: nothing is built, so nothing is to be supported."
    if all(gap["amount"] == 0 for gap in site["support"]):
        return f"{name}: reaches {asked} by itself; support would be a gift."
    closing = [gap for gap in site["support"] if gap["amount"]]
    if not closing:
        return f"{name}: no instrument by itself reaches {asked}; change the plan's price, size or service, or combine instruments."
    cheapest = min(closing, key=lambda gap: gap["public_cost"])
    binds = f" ({CRITERIA[cheapest['binding']]} binds)" if len(cheapest["by_criterion"]) > 1 else ""
    best = f"{name}: of the instruments that reach {asked}{binds}, the {SUPPORT[cheapest['instrument']].lower()} costs the public least: "
    said = [best + needed(cheapest, currency, site["capex"]) + "."]
    if site["programmes"]:
        names = ", then ".join(f"{one['title']} ({one['category']})" for one in site["programmes"])
        if any(given["amount"] for one in site["programmes"] for given in one["given"]):
            said.append(f"Under {names}: {outcome(site['programmes'][-1], currency)}.")
        else:
            said.append(f"{names} would give nothing.")
    return " ".join(said)
