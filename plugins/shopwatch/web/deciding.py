"""Routes of forms: decisions about one alert, or about several."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from glob import escape
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from shopwatch.catalog.teams import visible_shops
from shopwatch.core.i18n import page_words
from shopwatch.core.links import alert_path
from shopwatch.core.reasons import sentence
from shopwatch.store.decisions import (
    DecisionError,
    Silence,
    acknowledge,
    assign,
    comment,
    decide_open,
    dismiss,
    lift,
    silence,
)
from shopwatch.store.tables import Decision
from shopwatch.web import csrf
from shopwatch.web.declarations import current_catalog
from shopwatch.web.frame import Pages
from shopwatch.web.host import Host, MayNotDecideError, Viewer
from shopwatch.web.published import Row
from shopwatch.web.reading import show_alert
from shopwatch.web.store import store

Decide = Callable[[Any, Row], object]
Text = Annotated[str, Form(max_length=2000, pattern=r"^[^\x00]*$")]
"""Without the character NUL, which PostgreSQL cannot store."""
Keys = Annotated[list[str] | None, Form()]


@dataclass(frozen=True)
class _Selected:
    """A decision about each of several alerts, and the word for it in the address of their table."""

    done: str
    decide: Callable[[Any, str], object]


def add_forms(app: FastAPI, pages: Pages) -> None:
    """Add a route for each form about one alert."""
    decider = Annotated[Viewer, Depends(_decider(pages.host))]

    @app.post("/acknowledge")
    def acknowledge_alert(request: Request, by: decider, key: Text, reason: Text = "", plan: Text = "") -> Response:
        return _decide(pages, request, by, key, lambda session, _: acknowledge(session, key, by.name, reason, plan))

    @app.post("/dismiss")
    def dismiss_alert(request: Request, by: decider, key: Text, reason: Text = "") -> Response:
        return _decide(pages, request, by, key, lambda session, _: dismiss(session, key, by.name, reason))

    @app.post("/comment")
    def comment_on_alert(request: Request, by: decider, key: Text, reason: Text = "", form: Text = "") -> Response:
        return _decide(pages, request, by, key, lambda session, _: comment(session, key, by.name, reason, form))

    @app.post("/assign")
    def assign_alert(request: Request, by: decider, key: Text, owner: Text = "", reason: Text = "") -> Response:
        departments = current_catalog(pages.settings).departments
        return _decide(
            pages, request, by, key, lambda session, _: assign(session, key, owner, departments, by.name, reason)
        )

    @app.post("/silence")
    def silence_alerts(
        request: Request, by: decider, key: Text, what: Text, until: Annotated[date, Form()], reason: Text = ""
    ) -> Response:
        def decided(session: Any, alert: Row) -> None:
            chosen = {"this": ("rule", "shop", "entity"), "entity": ("shop", "entity"), "shop": ("rule", "shop")}
            kept = {name: escape(alert[name]) for name in chosen.get(what, chosen["this"])}
            silence(session, Silence(until=until, reason=reason, by=by.name, **kept), date.today())

        return _decide(pages, request, by, key, decided)

    @app.post("/lift")
    def take_back(request: Request, by: decider, key: Text, decision: Text) -> Response:
        why = page_words(pages.settings.include, pages.language(request))("taken_back_reason")

        def lifted(session: Any, alert: Row) -> None:
            if not _may_lift(pages, by, session, decision, alert):
                raise HTTPException(404)
            lift(session, decision, by.name, why)

        return _decide(pages, request, by, key, lifted)


def add_forms_of_tables(app: FastAPI, pages: Pages) -> None:
    """Add a route for each form about the alerts that were selected in a table."""
    decider = Annotated[Viewer, Depends(_decider(pages.host))]

    @app.post("/acknowledge-selected")
    def acknowledge_selected(
        request: Request, by: decider, key: Keys = None, reason: Text = "", query: Text = ""
    ) -> Response:
        decide = _Selected("acknowledged", lambda session, one: acknowledge(session, one, by.name, reason))
        return _decide_all(pages, request, by, key or [], query, decide)

    @app.post("/assign-selected")
    def assign_selected(
        request: Request, by: decider, key: Keys = None, owner: Text = "", reason: Text = "", query: Text = ""
    ) -> Response:
        departments = current_catalog(pages.settings).departments
        decide = _Selected("assigned", lambda session, one: assign(session, one, owner, departments, by.name, reason))
        return _decide_all(pages, request, by, key or [], query, decide)


def _decider(host: Host) -> Callable[..., Awaitable[Viewer]]:
    """Dependency: the user who sent a form, who may decide and whose own page it came from. Raises 403."""
    reader = Annotated[Viewer, Depends(host.viewer)]
    may_decide = Annotated[bool, Depends(host.may_decide)]

    async def genuine(
        request: Request, viewer: reader, decides: may_decide, token: Annotated[str, Form()] = ""
    ) -> Viewer:
        if not decides:
            raise MayNotDecideError
        if not csrf.is_genuine(host.secret, viewer.name, request.cookies.get(csrf.COOKIE), token):
            raise HTTPException(403, "this form did not come from a page of yours: reload the page and try again")
        return viewer

    return genuine


def _decide(pages: Pages, request: Request, by: Viewer, key: str, decide: Decide) -> Response:
    """Make a decision about an alert and show it, or the reason for its rejection. Raises 404."""
    with pages.night(by) as night:
        found = night.rows("notify/cards", keys=[key], notified=None)
    if not found:
        raise HTTPException(404)
    try:
        with store(pages.settings) as session:
            decide(session, found[0])
    except DecisionError as error:
        why = sentence(pages.settings.include, pages.language(request), error.code, error.values)
        return show_alert(pages, request, by, key, may_decide=True, refused=why)
    return RedirectResponse(f"{alert_path(key)}&saved=1#decisions", 303)


def _decide_all(
    pages: Pages, request: Request, by: Viewer, keys: list[str], query: str, selected: _Selected
) -> Response:
    """Decide about those alerts that the user sees, and show their table again. ``query``: the table's view."""
    with pages.night(by) as night:
        seen = [row["key"] for row in night.rows("web/alert_keys", keys=keys)]
    try:
        with store(pages.settings) as session:
            count = decide_open(session, seen, lambda key: selected.decide(session, key))
    except DecisionError as error:  # a department that is unknown comes from a page of an earlier version
        return pages.notice(request, error.code if error.code == "decision_unsigned" else "form_refused", 400)
    return RedirectResponse(f"table?{query}&{selected.done}={count}", 303)


def _may_lift(pages: Pages, by: Viewer, session: Any, key: str, alert: Row) -> bool:
    """True for a decision about this alert, and a silence that covers it and no shop that the user does not see.

    Raises DecisionError for a key of no decision: the store would take an alert's as well, and that of any shop.
    """
    decision = session.get(Decision, key)
    if decision is None:
        raise DecisionError("nothing_to_lift", key=key)
    if decision.kind == "lift":
        return True  # cannot be lifted: the store rejects it
    if decision.kind != "silence":
        return bool(decision.alert_key == alert["key"])
    quiet = Silence.model_validate_json(decision.matcher or "")
    known = current_catalog(pages.settings)
    shops = visible_shops(known.teams, by.name, by.roles)
    others = known.shops.keys() - shops if shops is not None else set()
    fits = quiet.fits(alert["rule"], alert["shop"], alert["entity"], quiet.until)
    return fits and not any(quiet.covers_shop(shop) for shop in others)
