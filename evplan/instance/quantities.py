"""The unit of a number in the instance file, by the name of its field: names carry their units."""

from __future__ import annotations

SUFFIXES = {
    "kwh": "kWh", "kw": "kW", "kva": "kVA", "h": "h", "hours": "h", "min": "min", "minutes": "min", "s": "s", "year": "year",
    "years": "years", "months": "months", "deg": "°", "k": "K", "c_rate": "1/h", "t": "t", "kg": "kg", "km": "km", "m": "m",
    "latitude": "°", "longitude": "°", "temperature_c": "°C", "kwh_m2": "kWh/m2", "m_s": "m/s",
}  # fmt: skip
OVER = {
    "kwh": "kWh", "kw": "kW", "kva": "kVA", "kw_month": "kW and month", "kw_year": "kW and year",
    "kva_month": "kVA and month", "kwh_sold": "kWh sold", "month": "month", "year": "year", "day": "day", "t": "t",
    "km": "km", "1000": "1000",
}  # fmt: skip
MONEY = {"cost", "install_cost", "fixed_cost", "pot", "budget", "credit_cap"}
PRICED = (
    "cost",
    "price",
    "om",
    "payment",
    "wear",
    "fixed",
    "minimum",
    "export",
    "value_of_lost_load",
)  # paid per something
NUMBERS = {
    "ports", "max_count", "count", "samples", "seed", "chargers", "spare_chargers", "format", "replaced_in_years", "operating_years",
    "stages", "population", "start_year", "midpoint_year", "since_year",
}  # fmt: skip
TIMES = {"min_dscr", "scale", "levels", "currency_rate"}
YEARLY = ("rate", "escalation", "escalation_sd", "growth_sd", "inflation", "irr", "degradation")  # fractions a year
PARTS = {"soc_min", "soc_max", "soc_start", "min_soc", "tax_rate", "demand_sd"}  # whose names end like something else
CALENDAR = {"months"}  # of the year, where they are several
WITHIN = {"mean", "sd", "low", "mode", "high"}  # of what the block is called


def unit_of(names: tuple[str, ...], value: object, currency: str) -> str:
    """Return the unit of a number. names : of its field and of the blocks around it, the innermost last.

    Empty for texts, dates, and whole numbers that only count.
    """
    name, around = names[-1], names[:-1]
    if around[-1:] == ("life_years",):
        return "years"
    if not _is_number(value) or name in NUMBERS or (name in CALENDAR and isinstance(value, tuple)):
        return ""
    if name in WITHIN:
        return "×" if "drivers" in around else unit_of(around, value, currency)
    if name in TIMES:
        return "×"
    if name in MONEY:
        return currency
    if name in PARTS:
        return "p.u."
    if "costs" in around and "per_" in name:
        return f"{currency}/{OVER[name.rpartition('per_')[2]]}"
    if name == "per_year":
        return "1/year" if "outages" in around else f"{currency}/year"
    if "per_" in name:
        return _per(name, currency)
    ends = [end for end in SUFFIXES if name == end or name.endswith(f"_{end}")]
    found = SUFFIXES[max(ends, key=len)] if ends else ""  # kwh_m2 before kwh
    return found or ("p.u./year" if name.endswith(YEARLY) else "p.u.")


def _per(name: str, currency: str) -> str:
    """Return the unit of something per something else."""
    what, _, over = name.rpartition("per_")
    what = what.rstrip("_")
    unit = OVER[over]
    if not what or what.endswith(PRICED):
        return f"{currency}/{unit}"
    if what.endswith(("growth", "change")):
        return f"p.u./{unit}"
    return f"{SUFFIXES.get(what.rpartition('_')[2], '1')}/{unit}"


def _is_number(value: object) -> bool:
    several = value if isinstance(value, tuple) else (value,)
    return bool(several) and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in several)
