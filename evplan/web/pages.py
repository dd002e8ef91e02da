"""The page that describes the API, /docs, from assets that come with a package: no request leaves for another host."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

ASSETS = "fastapi_offline"


def add_pages(app: FastAPI) -> None:
    """Add /docs where its assets are installed, and send / there."""
    spec = find_spec(ASSETS)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        return
    app.mount("/docs/assets", StaticFiles(directory=Path(folders[0]) / "static"), name="assets")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="openapi.json", title="evplan API", swagger_js_url="docs/assets/swagger-ui-bundle.js",
            swagger_css_url="docs/assets/swagger-ui.css", swagger_favicon_url="docs/assets/favicon.png",
        )  # fmt: skip

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("docs")
