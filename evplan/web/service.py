"""`/health`, `/metrics`, and made-up sessions to try a schedule with."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST

from evplan import __version__
from evplan.web.desk import Desk
from evplan.web.metrics import Metrics
from evplan.web.problem import refusal
from evplan.web.shown import JSON, answers
from evplan.web.table import StoreError
from evplan.web.views import Health, Made

OK = "reachable"
DAY = r"^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$"
MOST = 100_000  # sessions that are made up at once


def router(desk: Desk, metrics: Metrics) -> APIRouter:
    """Return the routes beside schedules and plans."""
    routes = APIRouter()

    @routes.get(
        "/sessions/synthetic", operation_id="makeSessions", tags=["schedules"], response_class=Response,
        summary="Make up sessions of a day",
        responses=answers(413, 422, done={200: Made}),
    )  # fmt: skip
    def synthetic(
        count: Annotated[int, Query(ge=1, le=MOST, description="How many come.")] = 40,
        date: Annotated[
            str | None, Query(pattern=DAY, description="When, such as 2027-01-01; left out, tomorrow.")
        ] = None,
        timezone: Annotated[str, Query(max_length=100, description="IANA name.")] = "UTC",
        profile: Annotated[
            str, Query(max_length=100, description="When they arrive: a shape of data/profiles.")
        ] = "public-ac",
        stay_h: Annotated[float, Query(ge=0.25, le=168, description="Mean stay.")] = 7.0,
        energy_kwh: Annotated[float, Query(ge=0.1, le=1000, description="Mean energy asked for.")] = 18.0,
        seed: Annotated[int, Query(ge=0, le=2**31, description="The same seed gives the same sessions.")] = 1,
    ) -> Response:
        """Arrivals by measured shapes, stays and energies log-normal, powers of common vehicles."""
        if count > desk.settings.limits.sessions:
            raise refusal(413, "too-large", f"count: at most {desk.settings.limits.sessions:,} (got {count:,})")
        tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
        made = desk.synthetic(
            count=count, date=date or tomorrow.isoformat(), timezone=timezone, profile=profile, stay_h=stay_h,
            energy_kwh=energy_kwh, seed=seed,
        )  # fmt: skip
        return Response(made, media_type=JSON)

    @routes.get("/health", operation_id="health", tags=["server"], response_model=Health, summary="Say whether the server can work",
                responses={503: {"model": Health, "description": "It cannot."}})  # fmt: skip
    def health(response: Response) -> Health:
        """200 where all is well, 503 where the store cannot be reached."""
        try:
            desk.store.counts()
            store = OK
        except StoreError as error:
            store, response.status_code = str(error), 503
        size = {name: lane.workers.size for name, lane in desk.jobs.lanes.items()}
        return Health(
            ok=store == OK,
            version=__version__,
            store=store,
            workers=size,
            ready=desk.warm.is_set(),
            busy=desk.jobs.busy,
        )

    @routes.get(
        "/metrics", operation_id="metrics", tags=["server"], response_class=Response, summary="Count requests and jobs, for Prometheus",
        responses={200: {"description": "Text.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
    )  # fmt: skip
    def measured() -> Response:
        """Requests by route and status, their seconds, jobs by kind and state, those that wait."""
        return Response(metrics.text(desk.store.counts()), media_type=CONTENT_TYPE_LATEST)

    return routes
