"""Common parts of all pages: the shops that the reader sees, frame, language and cookies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from shopwatch.catalog.teams import visible_shops
from shopwatch.core.i18n import Language
from shopwatch.core.settings import Settings
from shopwatch.web import csrf
from shopwatch.web.declarations import current_catalog
from shopwatch.web.host import Host, NoShopsError, Viewer
from shopwatch.web.published import PublishedWarehouse, published
from shopwatch.web.rendering import language_of, render

LANGUAGE = "shopwatch_language"
YEAR = 31_536_000


class Pages:
    """Common parts of all pages."""

    def __init__(self, settings: Settings, host: Host) -> None:
        """Pages of the settings' home, inside a host server."""
        self.settings = settings
        self.host = host

    def language(self, request: Request) -> Language:
        """Language of the answer: as asked, else as kept, else the browser's."""
        return language_of(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE),
            request.headers.get("accept-language", ""),
        )

    @contextmanager
    def night(self, viewer: Viewer) -> Iterator[PublishedWarehouse]:
        """Open the published warehouse with the shops that the viewer sees.

        Raises NothingPublishedError, NoShopsError, and DeclarationError for unreadable teams.
        """
        shops = visible_shops(current_catalog(self.settings).teams, viewer.name, viewer.roles)
        if shops is not None and not shops:
            raise NoShopsError
        with published(self.settings, shops) as night:
            yield night

    def page(
        self,
        request: Request,
        viewer: Viewer | None,
        night: PublishedWarehouse | None,
        name: str,
        content: dict[str, Any],
        status: int = 200,
    ) -> Response:
        """One page in its frame, with the cookies for its forms and its language."""
        language, user = self.language(request), viewer.name if viewer else ""
        cookie = request.cookies.get(csrf.COOKIE) or csrf.fresh_cookie()
        frame = {
            "page": name,
            "user": user,
            "night": night.night if night else None,
            "run": self.host.last_run() if night else None,
            "token": csrf.token(self.host.secret, user, cookie),
            "other_language": str(request.url.include_query_params(lang="zh" if language == "en" else "en").query),
        }
        response = HTMLResponse(render(current_catalog(self.settings), name, language, frame | content), status)
        path, secure = request.scope.get("root_path") or "/", request.url.scheme == "https"
        if csrf.COOKIE not in request.cookies:
            response.set_cookie(csrf.COOKIE, cookie, path=path, secure=secure, httponly=True, samesite="strict")
        if request.query_params.get("lang") in ("zh", "en"):
            response.set_cookie(LANGUAGE, language, YEAR, path=path, secure=secure, httponly=True, samesite="lax")
        return response

    def notice(self, request: Request, about: str, status: int) -> Response:
        """A page that explains why the requested one is not shown."""
        return self.page(request, None, None, "notice", {"about": about}, status)
