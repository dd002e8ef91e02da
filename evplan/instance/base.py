"""The manners every noun of the schema shares, and the number types with their ranges."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)]
Rate = Annotated[float, Field(strict=True, gt=-0.5, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Years = Annotated[int, Field(strict=True, ge=1, le=60)]
Month = Annotated[int, Field(strict=True, ge=1, le=12)]
Text = Annotated[str, Field(strict=True, max_length=2_000)]
Name = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ClockTime = Annotated[str, StringConstraints(strict=True, pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


class Noun(BaseModel):
    """A frozen block of the instance file that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SeriesFile(Noun):
    """A column of a CSV or Parquet file, beside the instance file."""

    file: Text
    """Path relative to the instance file; .csv or .parquet."""
    column: Text
    """Name of the column to read."""
    scale: Positive = 1.0
    """Every value is multiplied by this."""
    step_minutes: Annotated[int, Field(strict=True, ge=1, le=60)] = 60
    """Length of one row, minutes; it must divide, or be divided by, the horizon's step."""
