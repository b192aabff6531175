"""The pages as one application: its routes, refusals, and the security headers of every response."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.web.deciding import add_forms, add_forms_of_tables
from shopwatch.web.frame import Pages
from shopwatch.web.host import Host, MayNotDecideError, MayNotDownloadError, NoShopsError
from shopwatch.web.published import NothingPublishedError, UnreadableNightError
from shopwatch.web.reading import add_downloads, add_found_pages, add_pages
from shopwatch.web.rendering import POLICY


def review_pages(settings: Settings, host: Host) -> FastAPI:
    """Build the pages as an application to be mounted."""
    app = FastAPI(dependencies=[Depends(host.viewer)], openapi_url=None, docs_url=None, redoc_url=None)
    app.middleware("http")(_with_headers)
    pages = Pages(settings, host)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        if error.status_code == 401 and request.method == "GET" and _wants_page(request):
            return RedirectResponse(f"{host.login}?next={quote(str(request.url), safe='')}", 302)
        if error.status_code == 401 or not _wants_page(request):
            return Response(str(error.detail), error.status_code, media_type="text/plain")
        return pages.notice(request, _reason(request, error), error.status_code)

    @app.exception_handler(RequestValidationError)
    def mistyped(request: Request, error: RequestValidationError) -> Response:
        if _wants_page(request):
            return pages.notice(request, "bad_address", 422)
        faults = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
        return Response(faults, 422, media_type="text/plain")

    @app.exception_handler(NothingPublishedError)
    def nothing(request: Request, _: NothingPublishedError) -> Response:
        return pages.notice(request, "nothing_yet", 503)

    @app.exception_handler(UnreadableNightError)
    def older(request: Request, _: UnreadableNightError) -> Response:
        return pages.notice(request, "older_night", 503)

    @app.exception_handler(DeclarationError)
    def unreadable(request: Request, _: DeclarationError) -> Response:
        return pages.notice(request, "unreadable", 503)

    add_pages(app, pages)
    add_found_pages(app, pages)
    add_downloads(app, pages)
    add_forms(app, pages)
    add_forms_of_tables(app, pages)
    return app


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _reason(request: Request, error: HTTPException) -> str:
    """Key of the notice that explains a refused request."""
    if isinstance(error, MayNotDecideError):
        return "may_not_decide"
    if isinstance(error, MayNotDownloadError):
        return "may_not_download"
    if isinstance(error, NoShopsError):
        return "no_shops"
    if error.status_code == 403:
        return "may_not_see" if request.method == "GET" else "form_refused"
    return "not_found"


async def _with_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
