"""What the API answers with, as its description shows it; the answers themselves are made by those who do the work."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from evplan.web.forms import SessionRow


class View(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class FaultView(View):
    """One thing that is wrong."""

    field: str
    """Where, as the command line writes it: `site.connection.limit_kw`."""
    pointer: str
    """Where, as a JSON pointer into the body."""
    message: str
    """What is wrong, in words."""
    found: str | None = None
    """What was found, where the message says it."""
    allowed: str | None = None
    """What is allowed, where the message says it."""
    suggestion: str | None = None
    """What was perhaps meant."""
    advice: str | None = None
    """What to do."""
    line: int | None = None
    """Line of an instance's text."""
    column: int | None = None
    """Column in that line."""


class Problem(View):
    """Why a request is not answered as it asked (RFC 9457, application/problem+json)."""

    type: str
    """A URN that names the kind of problem."""
    title: str
    """The kind of problem, in words."""
    status: int
    """The HTTP status."""
    detail: str
    """What is wrong this time; every fault on a line."""
    faults: tuple[FaultView, ...] = ()
    """Every fault by its field."""


class State(View):
    """How far a job is."""

    id: str
    """What it is called."""
    kind: Literal["schedule", "plan"]
    """What it makes."""
    state: Literal["queued", "running", "done", "failed"]
    """Where it is."""
    created: str
    """When it was asked for, UTC."""
    started: str | None = None
    """When its work began last."""
    finished: str | None = None
    """When it ended."""
    attempts: int
    """How often it was begun; more than once where a process or a server died."""
    progress: dict[str, str]
    """What is known of each subject, as the command line shows it while it works."""
    gap: float | None = None
    """Widest relative gap told so far; of a plan that is done, its own."""
    summary: dict[str, Any] | None = None
    """The summary of a plan that is done: status, figures, checks."""
    problem: Problem | None = None
    """Why it failed."""


class SessionView(View):
    """What a vehicle gets."""

    id: str
    """As the request says it."""
    port: int
    """Number of its charge point, from 1: the lowest that is free when it comes."""
    asked_kwh: float
    """Energy asked for."""
    delivered_kwh: float
    """Energy in its battery when it leaves."""
    satisfaction: float
    """Delivered over asked, at most 1."""
    why_less: str
    """Why it gets less than it asked for, in words; empty where it does not."""
    phase: int | None
    """Phase on which it charges, where the plan chooses it."""
    first_step: int | None
    """Step of the first of its powers, from 0; null where it is not there while the plan runs."""
    power_kw: list[float]
    """Its power in each step that it is there, mean while it is there; below 0 it gives."""


Series = list[float]


class StationView(View):
    """The station's series: a value for each step, its mean."""

    vehicles_kw: Series
    """Vehicles together."""
    load_kw: Series
    """The building."""
    solar_kw: Series
    """What panels could give."""
    battery_kw: Series
    """Stationary battery; above 0 it charges."""
    import_kw: Series
    """From the grid."""
    limit_kw: list[float | None]
    """Most that may be drawn."""
    export_kw: Series
    """Into the grid."""
    spilled_kw: Series
    """What panels could give and nobody takes."""
    price_per_kwh: Series
    """Of energy from the grid."""


Figures = dict[str, float | None]


class ScheduleAnswer(View):
    """A schedule: who charges when, at what power, and what it comes to."""

    model_config = View.model_config | {"extra": "allow"}
    id: str
    """What it is called."""
    state: Literal["done"]
    """Says that it is whole."""
    title: str
    """Of the site."""
    currency: str
    """ISO 4217 code of every amount."""
    timezone: str
    """IANA name of the site's civil time."""
    begins: str
    """When the first step begins."""
    step_minutes: int
    """Length of a step."""
    steps: int
    """How many there are."""
    solver: str
    """Who found it."""
    gap: float
    """By how much it may be dearer than the best, relative; certified."""
    bound: float
    """What no schedule costs less than."""
    total: float
    """What was minimised: costs, and the price of energy that drivers do not get."""
    seconds: float
    """Of search."""
    figures: Figures
    """Key figures: energy, satisfaction, peak, cost, CO2."""
    sessions: list[SessionView]
    """Every vehicle, in the order of the request."""
    station: StationView
    """The station."""
    policies: dict[str, Figures] | None
    """The same figures of what operators do today; null if `compare` was not asked for."""
    binds: list[str] | None
    """What holds the plan back, in sentences, where `compare` asked for it."""


class OcppMessage(View):
    """A SetChargingProfile request."""

    session: str
    """Whose it is."""
    charger: str
    """The charge point that it goes to, as the session's `charger` names it; empty where it names none."""
    request: dict[str, Any]
    """The payload; connectors are counted inside a charge point."""


class OcppMessages(RootModel[list[OcppMessage]]):
    """SetChargingProfile requests, one for every session."""


class Made(View):
    """Made-up sessions, as `POST /schedules` takes them."""

    sessions: list[SessionRow]
    """Of a day, in the order of their arrival."""


class Health(View):
    """Whether the server can work."""

    ok: bool
    """Whether all below is well."""
    version: str
    """Of evplan."""
    store: Annotated[str, Field(examples=["reachable"])]
    """`reachable`, or what is wrong with the jobs' database."""
    workers: dict[str, int]
    """How many there are of each kind."""
    ready: bool
    """Whether they have started; before, the first answers take seconds."""
    busy: int
    """Jobs under way on this server."""
