"""The manners every noun of the schema shares, and the number types with their ranges."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
ONE, SEVERAL = "|one|", "|several|"  # branches of a union, which no place in a file is called
PEAK_HOUR = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3]):00$"
PLACE = r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"
CLOCK_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
DAY_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
CURRENCY = r"^[A-Z]{3}$"
PATH_PART = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")  # of a dotted path such as sites[NAME].price_per_kwh
FIRST_DAY, LAST_DAY = datetime.date(2000, 1, 1), datetime.date(2100, 12, 31)
LEAP_DAY = (2, 29)  # month and day, which the planned year does not have


def _only_a_date(value: Any) -> Any:
    """Refuse what pydantic would take for a date: seconds since 1970, and times of day."""
    written = isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)
    if written or (isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)):
        return value
    raise PydanticCustomError("date_type", "a date")


Number = Annotated[float, Field(strict=True)]
Positive = Annotated[float, Field(strict=True, gt=0)]
NotNegative = Annotated[float, Field(strict=True, ge=0)]
Fraction = Annotated[float, Field(strict=True, ge=0, le=1)]
Share = Annotated[float, Field(strict=True, gt=0, le=1)]
Rate = Annotated[float, Field(strict=True, gt=-0.5, le=1)]
Multiple = Annotated[float, Field(strict=True, ge=0, le=1e6)]
Count = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Years = Annotated[int, Field(strict=True, ge=1, le=60)]
Month = Annotated[int, Field(strict=True, ge=1, le=12)]
Day = Annotated[datetime.date, BeforeValidator(_only_a_date), Field(ge=FIRST_DAY, le=LAST_DAY)]
Text = Annotated[str, Field(strict=True, max_length=2_000)]
Name = Annotated[str, StringConstraints(strict=True, pattern=NAME)]
ClockTime = Annotated[str, StringConstraints(strict=True, pattern=CLOCK_TIME)]


def one_or_several(value: Any) -> str:
    """Return which branch of a union a value belongs to; a fault then speaks of that branch alone."""
    return SEVERAL if isinstance(value, (list, tuple)) else ONE


class Noun(BaseModel):
    """A frozen block of the instance file that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class Column(Noun):
    """A column of a CSV or Parquet file, beside the instance file."""

    file: Text
    """Path relative to the instance file; .csv or .parquet."""
    column: Text
    """Name of the column to read."""
    scale: Positive = 1.0
    """Every value is multiplied by this."""
    step_minutes: Annotated[int, Field(strict=True, ge=1, le=60)] = 60
    """Length of one row, minutes; it must divide, or be divided by, the horizon's step."""


class SeriesFile(Column):
    """A year of values, from a column of a file."""

    start: Day | None = None
    """Day of the first row, if it is not `horizon.start`: each day of the plan then has the rows of the nearest same weekday."""


class PeakDays(Column):
    """Some days of a series, measured more finely than the rest of it: those on which its peaks are billed."""

    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=366)]
    """The days that the rows hold, one after the other, in this order."""
    step_minutes: Annotated[int, Field(strict=True, ge=1, le=60)] = 15
    """Length of one row, minutes; it must divide, or be divided by, the horizon's step."""
