"""A schedule as a page shows it: the answer's figures and series, and a picture of who has got what by when."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from evplan.web.desk import Desk

MOST_ROWS = 400  # of the map: more vehicles are means of neighbours


@dataclass(frozen=True)
class Schedule:
    """A schedule that is done. said : the API's answer.  picture : of the same (picture_task.py)."""

    said: dict[str, Any]
    picture: dict[str, Any]

    @property
    def currency(self) -> str:
        """Return the currency of every amount."""
        return self.said["currency"]

    @property
    def step_h(self) -> float:
        """Return the length of a step, h."""
        return self.said["step_minutes"] / 60

    @property
    def figures(self) -> dict[str, Any]:
        """Return the key figures."""
        return self.said["figures"] | {"total": self.said["total"]}

    @property
    def sessions(self) -> list[dict[str, Any]]:
        """Return every session as the API answers it."""
        return self.said["sessions"]

    @cached_property
    def station(self) -> dict[str, np.ndarray]:
        """Return the station's series, shape (steps,) each."""
        return {name: np.array(values, float) for name, values in self.said["station"].items()}

    @cached_property
    def edges(self) -> list[datetime.datetime]:
        """Return when steps begin and the last ends, the site's local time, steps + 1 of them."""
        return [self.at(k * self.step_h) for k in range(self.said["steps"] + 1)]

    def at(self, hours: float) -> datetime.datetime:
        """Return the local time so many hours after the plan begins."""
        begin = datetime.datetime.fromisoformat(self.said["begins"]).astimezone(datetime.UTC)
        return (begin + datetime.timedelta(hours=hours)).astimezone(ZoneInfo(self.said["timezone"]))

    @cached_property
    def axis(self) -> list[str]:
        """Return the same for an axis of a figure: as if clocks did not change on the way."""
        begin = self.edges[0].replace(tzinfo=None)
        step = datetime.timedelta(minutes=self.said["step_minutes"])
        return [(begin + k * step).isoformat() for k in range(self.said["steps"] + 1)]

    @property
    def best_policy(self) -> tuple[str, dict[str, Any]] | None:
        """Return the policy that comes to the least with shortfalls at their price, None where none was followed."""
        policies = self.said["policies"]
        return min(policies.items(), key=lambda item: item[1]["total"]) if policies else None

    @property
    def row_names(self) -> list[str]:
        """Return the sessions of each row of the map: one, or the first and how many more."""
        order, rows = np.argsort(self.picture["come_h"], kind="stable").tolist(), min(len(self.sessions), MOST_ROWS)
        several = [[str(self.sessions[v]["id"]) for v in part] for part in np.array_split(order, rows)]
        return [names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more" for names in several]

    @property
    def power_map(self) -> np.ndarray:
        """Return kW by vehicle and step, shape (rows, steps), by arrival; NaN where one is away. Rows of many vehicles are means."""
        come = np.array(self.picture["come_h"])
        rows, place = min(len(come), MOST_ROWS), np.zeros(len(come), int)
        for row, part in enumerate(np.array_split(np.argsort(come, kind="stable"), rows)):
            place[part] = row
        total, count = np.zeros((rows, self.said["steps"])), np.zeros((rows, self.said["steps"]))
        for v, one in enumerate(self.sessions):
            if one["first_step"] is not None:
                there = slice(one["first_step"], one["first_step"] + len(one["power_kw"]))
                total[place[v], there] += one["power_kw"]
                count[place[v], there] += 1
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def live(self) -> dict[str, Any]:
        """Return what the picture of ports is drawn from: by session its port, stay, power and energy at the edges of steps."""
        rows = [
            {
                "id": one["id"], "port": one["port"], "asked": one["asked_kwh"], "first": one["first_step"] or 0, "kw": one["power_kw"],
                "kwh": kwh, "come": come / self.step_h, "leave": leave / self.step_h,
            }
            for one, kwh, come, leave in zip(
                self.sessions, self.picture["kwh"], self.picture["come_h"], self.picture["leave_h"], strict=True
            )
        ]  # fmt: skip
        times = [f"{edge:%a %d %b %H:%M}" for edge in self.edges]
        ports, kw = max(one["port"] for one in rows), [*np.round(self.station["vehicles_kw"], 3).tolist(), 0.0]
        return {"id": self.said["id"], "times": times, "ports": ports, "kw": kw, "sessions": rows}


def read_schedule(desk: Desk, id: str) -> Schedule:
    """Return a schedule that is done. Raises: ProblemError where there is none."""
    answer = desk.done(id, "schedule", whole=True).answer
    assert answer is not None
    picture = desk.ask("picture", desk.store.request_of(id), answer, desk.settings.limits).body
    return Schedule(orjson.loads(answer), orjson.loads(picture))
