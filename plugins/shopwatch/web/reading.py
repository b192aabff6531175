"""Routes of pages and downloads."""

from datetime import date, timedelta
from secrets import token_hex
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from pydantic import BeforeValidator

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import page_words
from shopwatch.ops.health import read_health
from shopwatch.store.decisions import LONGEST
from shopwatch.web.alert import alert as alert_page
from shopwatch.web.alert import evidence_csv
from shopwatch.web.data import data as data_page
from shopwatch.web.data import quarantine_csv
from shopwatch.web.declarations import current_catalog
from shopwatch.web.entity import entity as entity_page
from shopwatch.web.files import STATES, original, view_of_files
from shopwatch.web.frame import YEAR, Pages
from shopwatch.web.host import MayNotDownloadError, Viewer
from shopwatch.web.rendering import STATIC, static_file
from shopwatch.web.rules import rules as rules_page
from shopwatch.web.search import search as search_page
from shopwatch.web.store import store
from shopwatch.web.tables import View, table_csv, table_page, table_xlsx, view_of
from shopwatch.web.today import today as today_page
from shopwatch.web.week import week as week_page
from shopwatch.web.week import words_of_week, workbook

Week = Annotated[date | None, BeforeValidator(lambda text: text or None)]
"""A Monday; an empty field of a form is none."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_pages(app: FastAPI, pages: Pages) -> None:
    """Add a route for each page of the menu, and for the files that all pages load."""
    settings = pages.settings
    reader = Annotated[Viewer, Depends(pages.host.viewer)]
    may_decide = Annotated[bool, Depends(pages.host.may_decide)]

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        path = static_file(settings.include, name)
        if path is None:
            raise HTTPException(404)
        age = {"Cache-Control": f"private, max-age={YEAR}, immutable"}
        return FileResponse(path, media_type=STATIC[path.suffix], headers=age)

    @app.get("/")
    def root() -> Response:
        return RedirectResponse("today", 302)

    @app.get("/today")
    def today(request: Request, viewer: reader, owner: str = "", everything: bool = False) -> Response:
        with pages.night(viewer) as night, store(settings) as session:
            language = pages.language(request)
            known = current_catalog(settings)
            content = today_page(session, night, known, language, owner, everything)
            problems = read_health(settings, None, known, night.con, session).problems
            return pages.page(request, viewer, night, "today", {"today": content, "problems": problems})

    @app.get("/week")
    def week(request: Request, viewer: reader, start: Week = None, shop: str = "") -> Response:
        say = page_words(settings.include, pages.language(request))
        with pages.night(viewer) as night:
            content = week_page(night, current_catalog(settings), say, start, shop)
            if content is None:
                raise HTTPException(404)
            return pages.page(request, viewer, night, "week", {"content": content} | words_of_week(content))

    @app.get("/rules")
    def rules(request: Request, viewer: reader) -> Response:
        language = pages.language(request)
        with pages.night(viewer) as night:
            say = page_words(settings.include, language)
            content = rules_page(night, current_catalog(settings), language, say)
            return pages.page(request, viewer, night, "rules", {"rules": content})

    @app.get("/data")
    def data(
        request: Request, viewer: reader, decides: may_decide, q: str = "", state: str = "", page: str = ""
    ) -> Response:
        with pages.night(viewer) as night:
            view = view_of_files(q, state, page)
            content = data_page(night, current_catalog(settings), pages.language(request), view)
            more = {"may_download": decides, "states": STATES}
            return pages.page(request, viewer, night, "data", {"data": content} | more)


def add_found_pages(app: FastAPI, pages: Pages) -> None:
    """Add a route for each page that a link or a search leads to: an alert, an entity, a table, what a search found."""
    settings = pages.settings
    reader = Annotated[Viewer, Depends(pages.host.viewer)]
    may_decide = Annotated[bool, Depends(pages.host.may_decide)]

    @app.get("/alert")
    def alert(request: Request, viewer: reader, decides: may_decide, key: str) -> Response:
        return show_alert(pages, request, viewer, key, may_decide=decides)

    @app.get("/entity")
    def entity(request: Request, viewer: reader, shop: str, type: str, id: str) -> Response:
        language = pages.language(request)
        say = page_words(settings.include, language)
        key = {"shop": shop, "entity_type": type, "entity": id}
        with pages.night(viewer) as night, store(settings) as session:
            content = entity_page(session, night, current_catalog(settings), language, say, key)
            if content is None:
                raise HTTPException(404)
            return pages.page(request, viewer, night, "entity", {"entity": content})

    @app.get("/table")
    def table(request: Request, viewer: reader, decides: may_decide, of: str = "alerts", week: Week = None) -> Response:
        language, known = pages.language(request), current_catalog(settings)
        view = _view(known, of, request, week)
        with pages.night(viewer) as night:
            content = table_page(night, known, language, view)
            departments = [(name, title.of(language)) for name, title in known.departments.items()]
            more = {"may_decide": decides, "departments": departments}
            more |= {name: _count(request, name) for name in ("acknowledged", "assigned")}
            return pages.page(request, viewer, night, "table", {"table": content} | more)

    @app.get("/search")
    def search(request: Request, viewer: reader, q: str = "") -> Response:
        with pages.night(viewer) as night:
            content = search_page(night, current_catalog(settings), pages.language(request), q)
            return pages.page(request, viewer, night, "search", {"search": content})


def add_downloads(app: FastAPI, pages: Pages) -> None:
    """Add a route for each download."""
    settings = pages.settings
    reader = Annotated[Viewer, Depends(pages.host.viewer)]
    may_decide = Annotated[bool, Depends(pages.host.may_decide)]

    @app.get("/workbook")
    def book(request: Request, viewer: reader, start: date) -> Response:
        with pages.night(viewer) as night:
            path = workbook(night, start, pages.language(request))
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, filename=path.name, media_type=XLSX)

    @app.get("/table.csv")
    def table_as_csv(request: Request, viewer: reader, of: str, week: Week = None) -> Response:
        known = current_catalog(settings)
        with pages.night(viewer) as night:
            return _csv(of, table_csv(night, known, pages.language(request), _view(known, of, request, week)))

    @app.get("/table.xlsx")
    def table_as_xlsx(request: Request, viewer: reader, of: str, week: Week = None) -> Response:
        known = current_catalog(settings)
        view = _view(known, of, request, week)
        with pages.night(viewer) as night:
            content = table_xlsx(night, known, pages.language(request), view)
        return Response(content, media_type=XLSX, headers=_saved_as(f"{of}.xlsx"))

    @app.get("/quarantine.csv")
    def quarantine(request: Request, viewer: reader) -> Response:
        language, known = pages.language(request), current_catalog(settings)
        with pages.night(viewer) as night:
            text = quarantine_csv(night, known, language, page_words(settings.include, language))
            return _csv("quarantine", text)

    @app.get("/original")
    def original_file(request: Request, viewer: reader, decides: may_decide, load: str) -> Response:
        if not decides:  # originals hold personal data that no page shows
            raise MayNotDownloadError
        with pages.night(viewer) as night:
            path = original(night, load)
        if path is None:
            return pages.notice(request, "original_gone", 404)
        return FileResponse(path, filename=path.name, media_type="application/octet-stream")

    @app.get("/evidence.csv")
    def evidence(request: Request, viewer: reader, key: str) -> Response:
        with pages.night(viewer) as night:
            text = evidence_csv(night, current_catalog(settings), pages.language(request), key)
        if text is None:
            raise HTTPException(404)
        return _csv("evidence", text)


def show_alert(
    pages: Pages, request: Request, viewer: Viewer, key: str, *, may_decide: bool, refused: str = ""
) -> Response:
    """The alert's page; if a decision was made, with its result: ``saved`` in the address, or why it was refused.

    Raises 404.
    """
    language, known = pages.language(request), current_catalog(pages.settings)
    with pages.night(viewer) as night, store(pages.settings) as session:
        content = alert_page(session, night, known, language, page_words(known.include, language), key)
        if content is None:
            raise HTTPException(404)
        today = date.today()
        more = {
            "saved": "saved" in request.query_params,
            "refused": refused,
            "first_day": today,
            "last_day": today + LONGEST,
        }
        more |= {"proposed": today + timedelta(days=7), "may_decide": may_decide, "form": token_hex(8)}
        return pages.page(request, viewer, night, "alert", {"alert": content} | more, 400 if refused else 200)


def _view(known: Catalog, of: str, request: Request, week: date | None) -> View:
    """The view that the address asks for. Raises 404."""
    view = view_of(known, of, request.query_params, week)
    if view is None:
        raise HTTPException(404)
    return view


def _count(request: Request, name: str) -> int | None:
    """Number of alerts about which a form has just decided; None if the address has none."""
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 7 else None


def _csv(name: str, text: str) -> Response:
    return Response(text, media_type="text/csv; charset=utf-8", headers=_saved_as(f"{name}.csv"))


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
