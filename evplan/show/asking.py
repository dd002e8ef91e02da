"""Questions at the keyboard about a battery or a vehicle, asked again until they are answered."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from evplan.errors import InputError
from evplan.show.plan import console

USUAL = "lfp"


def asked_battery(chemistry: str | None, said: Mapping[str, str | None]) -> tuple[str, Any, float]:
    """Return chemistry, duty and state of health as said; where nothing was said, ask on a terminal, else take the usual."""
    from evplan.degradation.duty import Duty
    from evplan.degradation.plain import QUESTIONS

    asks = sys.stdin.isatty() and not any(said.values())
    if asks and chemistry is None:
        chemistry = _ask_chemistry()
    values: dict[str, float] = {}
    faults = []
    for one in QUESTIONS:
        text = said[one.name]
        if text is None and one.name == "charge_c_rate":
            continue
        if asks:
            values[one.name] = one.answer(ask_text(one))
            continue
        try:
            values[one.name] = one.answer(text or one.usual)
        except InputError as error:
            faults.append(str(error))
    if faults:
        raise InputError("\n".join(faults))
    initial_soh = values.pop("initial_soh")
    return chemistry or USUAL, Duty(**values), initial_soh


def asked_kind() -> str:
    """Return what the reader wants to know of: a vehicle, or cells."""
    return _one_of("Is it a vehicle, or cells that you know the duty of?", ("vehicle", "cells"), "vehicle")


def _ask_chemistry() -> str:
    """Return the chemistry chosen on the terminal."""
    from evplan.degradation.laws import LAWS

    return _one_of("What are its cells?", tuple(LAWS), USUAL)


def _one_of(asked: str, words: tuple[str, ...], usual: str) -> str:
    """Return the word chosen on the terminal, asking again until it is one."""
    while True:
        console.print(f"{asked} {', '.join(words)} [{usual}]")
        said = _answer().strip().lower() or usual
        if said in words:
            return said
        console.print(f"{said!r} is none of them")


def _answer() -> str:
    try:
        return input("> ")
    except EOFError:
        raise InputError("no more answers; give the duty with flags, see evplan predict --help") from None


def ask_text(one: Any) -> str:
    """Return an answer to a question on the terminal, asking again until it is one."""
    while True:
        console.print(f"{one.asked}? {one.offered} [{one.usual}]")
        said = _answer() or one.usual
        try:
            one.answer(said)
        except InputError as error:
            console.print(str(error))
        else:
            return str(said)
