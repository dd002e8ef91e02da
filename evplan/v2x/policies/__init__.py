"""Policies: each says what ports are told in the next step of a batch of worlds.

as-fast             everybody at full power until their wish is met
as-late             nobody draws what full power could still bring later, exactly along the charging curve
as-late-rated       the same in whole steps at rated power, as if no battery took less when it is nearly full
round-robin         the room at each transformer goes to vehicles in turn, who was served last comes last
earliest-deadline   to who leaves first
least-laxity        to who could wait least
nothing             nobody draws
random              any power between full giving and full charging
mpc                 the cheapest plan for who is there by forecasts that may be wrong, made anew in every step (planned.py)
mpc-perfect         the same with forecasts that are right; who is to come it does not know either
optimum             the cheapest that anybody could have done who had known everything (program/)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from evplan.v2x.policies.in_turn import EarliestDeadline, LeastLaxity, RoundRobin
from evplan.v2x.policies.simple import AsFast, AsLate, AsLateRated, Nothing, Random
from evplan.v2x.worlds import Orders, Worlds


class Policy(Protocol):
    """Decides for a batch of worlds; made anew for every batch."""

    def __call__(self, worlds: Worlds) -> Orders:
        """Return what ports are told in the step that comes next."""
        ...


POLICIES: dict[str, Callable[[], Policy]] = {
    "as-fast": AsFast,
    "as-late": AsLate,
    "as-late-rated": AsLateRated,
    "round-robin": RoundRobin,
    "earliest-deadline": EarliestDeadline,
    "least-laxity": LeastLaxity,
    "nothing": Nothing,
    "random": Random,
}
