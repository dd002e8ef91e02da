"""`/plans`: ask for the plan of an instance, see how far it is, read its report, and forget it."""

from __future__ import annotations

from fastapi import APIRouter

from evplan.web.desk import Desk


def router(desk: Desk) -> APIRouter:
    """Return the routes of plans."""
    return APIRouter(tags=["plans"])
