"""The application: routes over a desk, errors as problems, the key, the counts, the pages that describe it, and the dashboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from evplan import __version__
from evplan.web import plans, refused, schedules, service
from evplan.web.desk import Desk
from evplan.web.key import Guarded
from evplan.web.metrics import Measured, Metrics
from evplan.web.pages import add_pages
from evplan.web.settings import Settings
from evplan.web.shown import describe

ABOUT = """Plans of charging: schedules of vehicles that are plugged in, and investment plans of sites.

Errors are `application/problem+json`: every fault with its field, what was found, what is allowed, what was perhaps meant."""
TAGS = [
    {"name": "schedules", "description": "When and at what power each vehicle charges."},
    {"name": "plans", "description": "What to build at charging sites, proved and appraised."},
    {"name": "server", "description": "Whether it works, and how much."},
]
DASHBOARD, NEEDED = "evplan.web.dashboard", ("dash", "a2wsgi")


class Described(FastAPI):
    """An application whose description holds what its routes only name."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description."""
        return describe(self)


def make(settings: Settings) -> FastAPI:
    """Return the application of a server; its jobs begin when it starts, and are put back when it ends.

    Raises: InputError, StoreError for settings that cannot be.
    """
    desk, metrics = Desk(settings), Metrics()

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        desk.start()
        yield
        await run_in_threadpool(desk.close)

    app = Described(
        title="evplan", version=__version__, description=ABOUT, openapi_tags=TAGS, lifespan=life, docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.desk, app.state.guarded = desk, settings.api_key is not None
    for routes in (schedules.router(desk), plans.router(desk), service.router(desk, metrics)):
        app.include_router(routes)
    refused.add_handlers(app)
    add_pages(app)
    app.state.dashboard = mount_dashboard(app, desk)
    app.add_middleware(Measured, metrics=metrics)
    if settings.api_key is not None:
        app.add_middleware(Guarded, key=settings.api_key)
    return app


def mount_dashboard(app: FastAPI, desk: Desk) -> bool:
    """Mount the dashboard at /dashboard, where what it needs is installed; return whether it is."""
    if any(find_spec(one) is None for one in NEEDED):
        return False
    import_module(DASHBOARD).mount(app, desk)
    return True
