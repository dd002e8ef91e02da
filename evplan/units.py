"""Constants that turn one unit into another. Names carry the units; nothing here converts silently."""

HOURS_PER_DAY = 24
DAYS_PER_YEAR = 365  # the operating year: 29 February is left out of leap years
HOURS_PER_YEAR = HOURS_PER_DAY * DAYS_PER_YEAR
MONTHS_PER_YEAR = 12
DAYS_PER_WEEK = 7
MINUTES_PER_HOUR = 60
SECONDS_PER_HOUR = 3600
W_PER_KW = 1000
KELVIN_AT_0_C = 273.15
GAS_CONSTANT_J_PER_MOL_K = 8.3145  # CODATA 2018, rounded as in the ageing papers


def kelvin(temperature_c):
    """Return an absolute temperature, K, from degrees Celsius (scalar or array)."""
    return temperature_c + KELVIN_AT_0_C
