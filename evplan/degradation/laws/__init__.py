"""Published ageing laws, one cell per file; each file opens with its equations and sources."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from evplan.degradation.laws import lfp, nca, nmc, nmc622, sodium
from evplan.degradation.laws.law import Law, Rates
from evplan.errors import InputError

LAWS: Mapping[str, Law] = MappingProxyType({room.LAW.chemistry: room.LAW for room in (lfp, nmc, nmc622, nca, sodium)})


def law_named(chemistry: str) -> Law:
    """Return the law of a chemistry; raise `InputError` for a chemistry without one."""
    if chemistry not in LAWS:
        raise InputError(f"chemistry: {chemistry!r} has no ageing law; choose one of {', '.join(LAWS)}")
    return LAWS[chemistry]


__all__ = ["LAWS", "Law", "Rates", "law_named"]
