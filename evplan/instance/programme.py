"""Support programmes as their rules are written: dated files in data/programmes/, or beside the instance file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from evplan.instance.base import CURRENCY, Day, Fraction, Name, NotNegative, Noun, Positive, Share, Text, Years
from evplan.instance.faults import Fault, raise_all
from evplan.instance.source import Loc, plain, read_source
from evplan.instance.suggest import did_you_mean
from evplan.instance.wording import schema_faults
from evplan.paths import data_dir

Item = Literal["hardware", "installation", "connection", "solar", "battery"]
ITEMS: tuple[Item, ...] = ("hardware", "installation", "connection", "solar", "battery")


class Band(Noun):
    """Money per charger, by the charger's power."""

    from_kw: NotNegative = 0.0
    """Least power of the band, kW."""
    amount: NotNegative
    """Money per charger."""


class Measure(Noun):
    """One thing a programme gives."""

    name: Text
    """What it is called."""
    instrument: Literal["grant", "premium", "tax-credit"] = "grant"
    """How it is given: a grant when it is built, a premium on every kWh sold, or a credit on the first year's tax."""
    share: Share | None = None
    """Part of the eligible cost that is given."""
    amounts: tuple[Band, ...] = ()
    """Money given per port, by the port's power, whatever it costs; the highest band that it reaches."""
    per_kwh: NotNegative | None = None
    """A premium, per kWh sold."""
    fills_gap: bool = False
    """Whether only what is still missing is given, up to the limits."""
    of: Annotated[tuple[Item, ...], Field(min_length=1)] = ITEMS
    """What is eligible: hardware and installation of chargers, the grid connection, panels, the battery."""
    benchmark: tuple[Band, ...] = ()
    """Cost per charger, by power, up to which its eligible cost counts."""
    most_per_charger: NotNegative | None = None
    """Most that is given per charger."""
    most: NotNegative | None = None
    """Most that is given to a site."""
    basis_reduction: Fraction = 0.5
    """Part of a tax credit that lowers what may be depreciated."""
    min_kw: NotNegative = 0.0
    """Least power of a charger that is eligible, kW."""


class Category(Noun):
    """One kind of place or applicant that a programme tells apart."""

    about: Text
    """Who or what it is for."""
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]
    """What is given, one after the other."""
    min_ports: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    """Least ports of at least `min_port_kw` at a site."""
    min_port_kw: NotNegative = 0.0
    """Power that each of those ports has, kW."""
    settings: tuple[Literal["urban", "rural"], ...] = ("urban", "rural")
    """Settings in which a site is eligible."""


class Programme(Noun):
    """A support programme."""

    kind: Literal["programme"]
    """Says that this file is a support programme."""
    format: Literal[1] = 1
    """Version of this format."""
    title: Text
    """Its name."""
    country: Text
    """Where it applies."""
    currency: Annotated[str, Field(strict=True, pattern=CURRENCY)]
    """ISO 4217 code of its amounts."""
    dated: Day
    """The day on which its rules were looked up."""
    begins: Day | None = None
    """First day on which what it supports may begin to operate."""
    ends: Day | None = None
    """Last day by which what it supports must operate."""
    source: Text
    """Where its rules stand."""
    licence: Text = "facts and figures with their source; the file falls under the project's licence"
    """Terms of this file."""
    notes: tuple[Text, ...] = ()
    """What the rules say that no figure here does."""
    categories: Annotated[dict[Name, Category], Field(min_length=1)]
    """Kinds of places or applicants; a programme without any has one called `all`."""
    years: Years | None = None
    """Years for which a premium is paid; left out, all."""


class ProgrammeUse(Noun):
    """A programme that a site asks for."""

    name: Text
    """Name of a programme in data/programmes/, or a .yaml file beside this file."""
    category: Name | None = None
    """Which of its categories; left out where it has only one."""
    currency_rate: Positive = 1.0
    """Units of this file's currency per unit of the programme's."""


def programme_names() -> list[str]:
    """Return the names of the shipped programmes."""
    return sorted(path.stem for path in (data_dir() / "programmes").glob("*.yaml"))


def read_programme(name: str, folder: Path) -> Programme:
    """Return a programme by its shipped name, or from a file relative to a folder.

    Raises: InstanceError that lists every fault of its file.
    """
    return _read(folder / name if name.endswith(".yaml") else data_dir() / "programmes" / f"{name}.yaml")


@cache
def _read(path: Path) -> Programme:
    source = read_source(path)
    tree = plain(source.tree)
    try:
        found = Programme.model_validate(tree)
    except ValidationError as error:
        raise_all(schema_faults(error, Programme), source, tree)
        raise
    raise_all(list(_measure_faults(found)), source, tree)
    return found


def _measure_faults(found: Programme) -> Iterator[Fault]:
    """Yield measures that give nothing, or two things at once, or a premium by rules that know none."""
    for name, category in found.categories.items():
        for k, measure in enumerate(category.measures):
            here: Loc = ("categories", name, "measures", k)
            ways = [way for way in ("share", "amounts", "per_kwh") if getattr(measure, way) not in (None, ())]
            if len(ways) != 1:
                yield Fault(here, f"needs one of share, amounts and per_kwh (got {' and '.join(ways) or 'none'})", True)
            elif (measure.per_kwh is not None) != (measure.instrument == "premium"):
                yield Fault((*here, ways[0]), "per_kwh goes with instrument: premium, and nothing else does")
            if measure.most_per_charger is not None and measure.benchmark and "connection" in measure.of:
                yield Fault(
                    (*here, "most_per_charger"),
                    "cannot limit a connection that chargers share; give `most`, or leave the connection out",
                )
            if measure.instrument == "premium":
                for limit in ("most", "most_per_charger"):
                    if getattr(measure, limit) is not None:
                        yield Fault((*here, limit), "limits money given when it is built; a premium has none")


def programme_faults(use: ProgrammeUse, loc: Loc, folder: Path, currency: str) -> list[Fault]:
    """Return what is wrong with a programme that is asked for."""
    own = use.name.endswith(".yaml")
    if own and not (folder / use.name).is_file():
        return [Fault((*loc, "name"), "no such file (paths are relative to the instance file)")]
    if not own and use.name not in programme_names():
        known = programme_names()
        return [Fault((*loc, "name"), f"there is no programme {use.name!r}{did_you_mean(use.name, known)}")]
    said = read_programme(use.name, folder)
    faults = []
    if said.currency != currency and use.currency_rate == 1.0:
        message = f"is in {said.currency}, this file in {currency}; give currency_rate, {currency} per {said.currency}"
        faults.append(Fault((*loc, "name"), message))
    if use.category is None and len(said.categories) > 1:
        faults.append(Fault((*loc, "category"), f"is missing; it has {', '.join(said.categories)}"))
    if use.category is not None and use.category not in said.categories:
        known = list(said.categories)
        faults.append(
            Fault((*loc, "category"), f"there is no category {use.category!r}{did_you_mean(use.category, known)}")
        )
    return faults
