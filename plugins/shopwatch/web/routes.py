"""Routes of the pages: authentication, parameters and language. Other modules do the work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from glob import escape
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException as AnyHTTPException

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import page_words
from shopwatch.core.links import alert_path
from shopwatch.core.reasons import sentence
from shopwatch.core.settings import Settings
from shopwatch.ops.health import read_health
from shopwatch.store.decisions import (
    LONGEST,
    DecisionError,
    Silence,
    acknowledge,
    acknowledge_open,
    comment,
    dismiss,
    lift,
    silence,
)
from shopwatch.web import csrf
from shopwatch.web.alert import alert as alert_page
from shopwatch.web.alert import evidence_csv
from shopwatch.web.data import data as data_page
from shopwatch.web.data import quarantine_csv
from shopwatch.web.declarations import current_catalog
from shopwatch.web.entity import entity as entity_page
from shopwatch.web.published import NothingPublishedError, PublishedWarehouse, published
from shopwatch.web.rendering import POLICY, STATIC, language_of, render, static_file
from shopwatch.web.rules import rules as rules_page
from shopwatch.web.search import search as search_page
from shopwatch.web.store import store
from shopwatch.web.tables import View, table_csv, table_page, table_xlsx, view_of
from shopwatch.web.today import today as today_page
from shopwatch.web.week import week as week_page
from shopwatch.web.week import words_of_week, workbook

LANGUAGE = "shopwatch_language"
YEAR = 31_536_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Run:
    """Newest run of the night's DAG: its state, and its page in Airflow, relative to the server's root."""

    state: str
    ended_at: datetime | None
    path: str


@dataclass(frozen=True)
class Host:
    """Services that the pages need from their host server.

    ``user``: dependency that returns the name of the logged-in user and raises 401 or 403 for others; every route
    requires it. ``may_decide``: dependency that returns whether the user may acknowledge and silence. ``login``:
    address for anonymous readers, with the page in ``?next=``; relative to the pages.
    """

    user: Callable[..., Any]
    may_decide: Callable[..., Any]
    secret: bytes
    login: str
    last_run: Callable[[], Run | None]


class MayNotDecideError(AnyHTTPException):
    """The user may see the pages but not decide."""

    def __init__(self) -> None:
        """Answer 403."""
        super().__init__(403, "you may see alerts, not decide about them: ask for the role shopwatch_operator")


# long: one route after the other, each a few lines
def review_pages(settings: Settings, host: Host) -> FastAPI:
    """Build the pages as an application to be mounted."""
    app = FastAPI(dependencies=[Depends(host.user)], openapi_url=None, docs_url=None, redoc_url=None)
    app.middleware("http")(_with_headers)
    pages = _Pages(settings, host)

    @app.exception_handler(AnyHTTPException)
    def refused(request: Request, error: AnyHTTPException) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "")
        if error.status_code == 401 and request.method == "GET" and wants_page:
            return RedirectResponse(f"{host.login}?next={quote(str(request.url), safe='')}", 302)
        if error.status_code == 401 or not wants_page:
            return Response(str(error.detail), error.status_code, media_type="text/plain")
        return pages.notice(request, _reason(request, error), error.status_code)

    @app.exception_handler(RequestValidationError)
    def mistyped(request: Request, error: RequestValidationError) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return pages.notice(request, "bad_address", 422)
        faults = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
        return Response(faults, 422, media_type="text/plain")

    @app.exception_handler(NothingPublishedError)
    def nothing(request: Request, _: NothingPublishedError) -> Response:
        return pages.notice(request, "nothing_yet", 503)

    user_name = Annotated[str, Depends(host.user)]
    may_decide = Annotated[bool, Depends(host.may_decide)]

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
    def today(request: Request, user: user_name, owner: str = "", everything: bool = False) -> Response:
        with published(settings) as night, store(settings) as session:
            language = pages.language(request)
            known = current_catalog(settings)
            content = today_page(session, night, known, language, owner, everything)
            problems = read_health(settings, None, known, night.con).problems
            return pages.page(request, user, night, "today", {"today": content, "problems": problems})

    @app.get("/week")
    def week(request: Request, user: user_name, start: date | None = None) -> Response:
        say = page_words(settings.include, pages.language(request))
        with published(settings) as night:
            content = week_page(night, current_catalog(settings), say, start)
            if content is None:
                raise HTTPException(404)
            return pages.page(request, user, night, "week", {"content": content} | words_of_week(content))

    @app.get("/workbook")
    def book(request: Request, start: date) -> Response:
        path = workbook(settings, start, pages.language(request))
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, filename=path.name, media_type=XLSX)

    @app.get("/alert")
    def alert(request: Request, user: user_name, decides: may_decide, key: str, saved: bool = False) -> Response:
        return pages.alert(request, user, key, may_decide=decides, saved=saved)

    @app.get("/entity")
    def entity(request: Request, user: user_name, shop: str, type: str, id: str) -> Response:
        language = pages.language(request)
        say = page_words(settings.include, language)
        with published(settings) as night:
            content = entity_page(night, current_catalog(settings), language, say, shop, type, id)
            if content is None:
                raise HTTPException(404)
            return pages.page(request, user, night, "entity", {"entity": content})

    @app.get("/table")
    def table(
        request: Request,
        user: user_name,
        decides: may_decide,
        of: str = "alerts",
        week: date | None = None,
        taken: int | None = None,
    ) -> Response:
        language, known = pages.language(request), current_catalog(settings)
        view = _view(known, of, request, week)
        with published(settings) as night:
            content = table_page(night, known, language, view)
            more = {"may_decide": decides, "taken": taken}
            return pages.page(request, user, night, "table", {"table": content} | more)

    @app.get("/table.csv")
    def table_as_csv(request: Request, of: str, week: date | None = None) -> Response:
        known = current_catalog(settings)
        with published(settings) as night:
            return _csv(of, table_csv(night, known, pages.language(request), _view(known, of, request, week)))

    @app.get("/table.xlsx")
    def table_as_xlsx(request: Request, of: str, week: date | None = None) -> Response:
        known = current_catalog(settings)
        view = _view(known, of, request, week)
        with published(settings) as night:
            content = table_xlsx(night, known, pages.language(request), view)
        return Response(content, media_type=XLSX, headers=_saved_as(f"{of}.xlsx"))

    @app.get("/search")
    def search(request: Request, user: user_name, q: str = "") -> Response:
        with published(settings) as night:
            return pages.page(request, user, night, "search", {"search": search_page(night, q)})

    @app.get("/rules")
    def rules(request: Request, user: user_name) -> Response:
        language = pages.language(request)
        with published(settings) as night:
            say = page_words(settings.include, language)
            content = rules_page(night, current_catalog(settings), language, say)
            return pages.page(request, user, night, "rules", {"rules": content})

    @app.get("/data")
    def data(request: Request, user: user_name) -> Response:
        with published(settings) as night:
            content = data_page(night, current_catalog(settings), pages.language(request))
            return pages.page(request, user, night, "data", {"data": content})

    @app.get("/quarantine.csv")
    def quarantine(request: Request) -> Response:
        with published(settings) as night:
            return _csv("quarantine", quarantine_csv(night, current_catalog(settings), pages.language(request)))

    @app.get("/evidence.csv")
    def evidence(request: Request, key: str) -> Response:
        with published(settings) as night:
            text = evidence_csv(night, current_catalog(settings), pages.language(request), key)
        if text is None:
            raise HTTPException(404)
        return _csv("evidence", text)

    async def genuine(
        request: Request, user: user_name, decides: may_decide, token: Annotated[str, Form()] = ""
    ) -> str:
        if not decides:
            raise MayNotDecideError
        if not csrf.is_genuine(host.secret, user, request.cookies.get(csrf.COOKIE), token):
            raise HTTPException(403, "this form did not come from a page of yours: reload the page and try again")
        return user

    decider = Annotated[str, Depends(genuine)]
    text = Annotated[str, Form(max_length=2000)]

    @app.post("/acknowledge")
    def take(request: Request, by: decider, key: text, reason: text = "", plan: text = "") -> Response:
        return pages.decide(request, by, key, lambda session, _: acknowledge(session, key, by, reason, plan))

    @app.post("/acknowledge-selected")
    def take_all(
        request: Request,
        by: decider,
        key: Annotated[list[str] | None, Form()] = None,
        reason: text = "",
        query: text = "",
    ) -> Response:
        return pages.acknowledge_all(request, by, key or [], reason, query)

    @app.post("/dismiss")
    def leave(request: Request, by: decider, key: text, reason: text = "") -> Response:
        return pages.decide(request, by, key, lambda session, _: dismiss(session, key, by, reason))

    @app.post("/comment")
    def remark(request: Request, by: decider, key: text, reason: text = "") -> Response:
        return pages.decide(request, by, key, lambda session, _: comment(session, key, by, reason))

    @app.post("/silence")
    def quiet(
        request: Request, by: decider, key: text, what: text, until: Annotated[date, Form()], reason: text = ""
    ) -> Response:
        def decided(session: Any, patterns: dict[str, str]) -> None:
            chosen = {"this": ("rule", "shop", "entity"), "entity": ("shop", "entity"), "shop": ("rule", "shop")}
            kept = {name: escape(patterns[name]) for name in chosen.get(what, chosen["this"])}
            silence(session, Silence(until=until, reason=reason, by=by, **kept), date.today())

        return pages.decide(request, by, key, decided)

    @app.post("/lift")
    def end(request: Request, by: decider, key: text, decision: text) -> Response:
        why = page_words(settings.include, pages.language(request))("taken_back_reason")
        return pages.decide(request, by, key, lambda session, _: lift(session, decision, by, why))

    return app


class _Pages:
    """Common parts of all pages: frame, language and cookies."""

    def __init__(self, settings: Settings, host: Host) -> None:
        self.settings = settings
        self.host = host

    def language(self, request: Request) -> Any:
        return language_of(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE),
            request.headers.get("accept-language", ""),
        )

    def page(
        self,
        request: Request,
        user: str,
        night: PublishedWarehouse | None,
        name: str,
        content: dict[str, Any],
        status: int = 200,
    ) -> Response:
        """One page in its frame, with the cookies for its forms and its language."""
        language = self.language(request)
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
        return self.page(request, "", None, "notice", {"about": about}, status)

    def alert(
        self, request: Request, user: str, key: str, *, may_decide: bool, saved: bool = False, refused: str = ""
    ) -> Response:
        """The alert's page, with the result of a decision if one was made. Raises 404."""
        language, include = self.language(request), self.settings.include
        with published(self.settings) as night, store(self.settings) as session:
            content = alert_page(
                session, night, current_catalog(self.settings), language, page_words(include, language), key
            )
            if content is None:
                raise HTTPException(404)
            today = date.today()
            more = {"saved": saved, "refused": refused, "first_day": today, "last_day": today + LONGEST}
            more |= {"proposed": today + timedelta(days=7), "may_decide": may_decide}
            return self.page(request, user, night, "alert", {"alert": content} | more, 400 if refused else 200)

    def acknowledge_all(self, request: Request, by: str, keys: list[str], reason: str, query: str) -> Response:
        """Acknowledge the open ones of several alerts, and show their table again. ``query``: the table's view."""
        try:
            with store(self.settings) as session:
                taken = acknowledge_open(session, keys, by, reason)
        except DecisionError as error:
            return self.notice(request, error.code, 400)
        return RedirectResponse(f"table?{query}&taken={taken}", 303)

    def decide(self, request: Request, by: str, key: str, decision: Callable[[Any, dict[str, str]], None]) -> Response:
        """Make a decision about an alert and show it, or the reason for its rejection. Raises 404."""
        with published(self.settings) as night:
            found = night.rows("notify/cards", key=key, notified=None)
        if not found:
            raise HTTPException(404)
        try:
            with store(self.settings) as session:
                decision(session, {name: found[0][name] for name in ("rule", "shop", "entity")})
        except DecisionError as error:
            why = sentence(self.settings.include, self.language(request), error.code, error.values)
            return self.alert(request, by, key, may_decide=True, refused=why)
        return RedirectResponse(f"{alert_path(key)}&saved=1#decisions", 303)


def _view(known: Catalog, of: str, request: Request, week: date | None) -> View:
    """The view that the address asks for. Raises 404."""
    view = view_of(known, of, request.query_params, week)
    if view is None:
        raise HTTPException(404)
    return view


def _csv(name: str, text: str) -> Response:
    return Response(text, media_type="text/csv; charset=utf-8", headers=_saved_as(f"{name}.csv"))


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _reason(request: Request, error: AnyHTTPException) -> str:
    """Key of the notice that explains a refused request."""
    if isinstance(error, MayNotDecideError):
        return "may_not_decide"
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
