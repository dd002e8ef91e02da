"""A battery's duty in plain words: what may be said of each feature, and the number it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from evplan.errors import InputError


@dataclass(frozen=True)
class Question:
    """One thing to know of a battery: how it is asked, words that answer it, and the range of a number that does."""

    name: str
    asked: str
    unit: str
    words: Mapping[str, float]
    usual: str
    low: float
    high: float

    def answer(self, said: str) -> float:
        """Return the number that an answer, a word or a number, stands for; raise `InputError` for any other."""
        text = said.strip().lower()
        if text in self.words:
            return self.words[text]
        try:
            value = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            value = float("nan")
        if not self.low <= value <= self.high:
            what = f"neither {self.choices} nor" if self.words else "not"
            raise InputError(f"{self.name}: {said!r} is {what} a number from {self.span}")
        return value

    @property
    def offered(self) -> str:
        """Return what may be answered."""
        return f"{self.choices}, or {self.span}" if self.words else self.span

    @property
    def choices(self) -> str:
        """Return the words, with what they stand for."""
        return ", ".join(f"{word} ({value:g})" for word, value in self.words.items())

    @property
    def span(self) -> str:
        """Return the range of a number."""
        return f"{self.low:g} to {self.high:g}{' ' + self.unit if self.unit else ''}"


def _question(name: str, asked: str, unit: str, usual: str, span: tuple[float, float], **words: float) -> Question:
    return Question(name, asked, unit, MappingProxyType(words), usual, *span)


QUESTIONS = (
    _question("temperature_c", "How warm are the cells, on average over the year", "°C", "mild", (-30, 70),
              cool=12, mild=20, warm=28, hot=38),
    _question("soc", "How full does it rest", "", "half", (0, 1), low=0.3, half=0.5, high=0.8, full=0.95),
    _question("depth", "How deep is the usual cycle", "", "deep", (0.01, 1), shallow=0.2, half=0.5, deep=0.8, full=1.0),
    _question("c_rate", "How fast is it discharged and charged, on average", "1/h", "normal", (0.02, 5),
              slow=0.2, normal=0.5, fast=1.0),
    _question("charge_c_rate", "How fast is it charged", "1/h", "normal", (0.02, 5), slow=0.2, normal=0.5, fast=1.0),
    _question("cycles_per_year", "How many full equivalent cycles does it make in a year", "", "daily", (0, 5000),
              seldom=30, car=60, taxi=200, daily=330, twice=700),
    _question("initial_soh", "How much of its new capacity does it have today", "", "new", (0.3, 1), new=1.0, used=0.9, old=0.8),
)  # fmt: skip


def question(name: str) -> Question:
    """Return the question about a feature."""
    return next(asked for asked in QUESTIONS if asked.name == name)
