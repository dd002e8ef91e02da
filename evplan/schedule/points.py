"""What charge points ask of a plan beyond its powers: charging curves, phases, setpoints, pauses, and what sessions share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evplan.errors import InputError
from evplan.instance.suggest import did_you_mean
from evplan.schedule.chargers import Chargers
from evplan.schedule.sessions import Sessions

PHASES = (1, 2, 3)
CHOSEN = -1  # of a session whose phase is chosen with the plan


@dataclass(frozen=True)
class Group:
    """Sessions that share charge points. members : shape (sessions,), bool.

    most_kwh : of all together in a step; infinite where nothing is said.  at_once : how many may charge; None for any number.
    """

    members: np.ndarray
    most_kwh: float
    at_once: int | None


@dataclass(frozen=True)
class Points:
    """The rules of the charge points, by step.

    taper : lines (first, second): of its most power a vehicle takes first + second * SoC, or less.
    phase : of each session 1, 2 or 3, 0 where it is on all, `CHOSEN` where the plan says; empty where phases are not weighed.
    least_on, least_off : steps.
    """

    taper: tuple[tuple[float, float], ...] = ()
    phase_limit_kwh: float = np.inf
    phase: np.ndarray | None = None
    setpoints_kw: tuple[float, ...] = ()
    least_on: int = 1
    least_off: int = 1
    groups: tuple[Group, ...] = ()

    def most_kw(self, max_kw: np.ndarray) -> np.ndarray:
        """Return the most that can be set for vehicles that take so much, kW, shape (sessions,)."""
        points = np.array([0.0, *self.setpoints_kw])
        return points[np.searchsorted(points, max_kw * (1 + 1e-9), side="right") - 1] if self.setpoints_kw else max_kw

    @property
    def switched(self) -> bool:
        """Return whether it matters which vehicles are on, beyond their power."""
        pauses = self.least_on > 1 or self.least_off > 1 or bool(self.setpoints_kw)
        return pauses or any(group.at_once is not None for group in self.groups)

    @property
    def chooses_phase(self) -> bool:
        """Return whether the plan says on which phase a vehicle is."""
        return self.phase is not None and bool((self.phase == CHOSEN).any())

    @property
    def plain(self) -> bool:
        """Return whether charge points ask for nothing."""
        return not (self.taper or self.phase is not None or self.groups or self.switched)


def points_of(chargers: Chargers, phase_limit_kw: float | None, sessions: Sessions, step_minutes: int) -> Points:
    """Return the rules for some sessions. Raises: InputError for charge points that no file declares."""
    step_h = step_minutes / 60
    groups = [
        Group(sessions.charger == one.name, step_h * (np.inf if one.power_kw is None else one.power_kw), one.at_once)
        for one in chargers.shared
    ]
    _only_declared(chargers, sessions)
    if chargers.count is not None:
        groups.append(Group(np.ones(len(sessions), bool), np.inf, chargers.count))
    return Points(
        taper=tuple(chargers.taper_lines),
        phase_limit_kwh=np.inf if phase_limit_kw is None else step_h * phase_limit_kw,
        phase=None if phase_limit_kw is None else phases_of(sessions, chargers.phase_choice == "best"),
        setpoints_kw=tuple(sorted(chargers.setpoints_kw or ())),
        least_on=max(1, -(-chargers.least_on_minutes // step_minutes)),
        least_off=max(1, -(-chargers.least_off_minutes // step_minutes)),
        groups=tuple(group for group in groups if group.members.any()),
    )


def phases_of(sessions: Sessions, chosen: bool) -> np.ndarray:
    """Return the phase of each session: as its file says; else chosen with the plan, or in turn, the least laden phase first.

    A session of two phases counts as one of three.
    """
    phase = np.where(sessions.phases == 1, sessions.phase, 0)
    silent = np.flatnonzero((sessions.phases == 1) & (sessions.phase == 0))
    if chosen:
        phase[silent] = CHOSEN
        return phase
    laden = np.array([sessions.energy_kwh[phase == one].sum() for one in PHASES])
    for v in silent[np.argsort(sessions.arrival_s[silent], kind="stable")].tolist():
        least = int(np.argmin(laden))
        phase[v], laden[least] = PHASES[least], laden[least] + sessions.energy_kwh[v]
    return phase


def taper_kwh(
    lines: tuple[tuple[float, float], ...], most: np.ndarray, soc: np.ndarray, gain: np.ndarray
) -> np.ndarray:
    """Return what vehicles draw at most in a step at whose end their power still fits the charging curve, kWh.

    most : kWh at full power.  soc : when it begins.  gain : of SoC per kWh drawn.  Shapes (vehicles,).
    """
    found = most.copy()
    for first, second in lines:
        found = np.minimum(found, most * np.maximum(first + second * soc, 0.0) / (1 - most * second * gain))
    return found


def _only_declared(chargers: Chargers, sessions: Sessions) -> None:
    """Raise `InputError` for sessions at charge points that are not declared, where any are."""
    names = [one.name for one in chargers.shared]
    unknown = sorted(set(sessions.charger.tolist()) - {"", *names})
    if names and unknown:
        raise InputError(
            f"sessions: charger {unknown[0]!r} is not among chargers.shared{did_you_mean(unknown[0], names)}"
            + (f", nor are {len(unknown) - 1} more" if len(unknown) > 1 else "")
        )
