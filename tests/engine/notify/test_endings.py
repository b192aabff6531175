"""However a night ends, somebody is notified: a table of endings, each with its mail or alarm."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from mail_server import letters
from shopwatch.catalog.catalog import Catalog
from shopwatch.cli.main import app
from shopwatch.core.errors import ShopwatchError, StateError
from shopwatch.core.settings import Settings
from shopwatch.notify.delivery import UndeliveredError, deliver_due
from shopwatch.notify.notices import post_failure
from shopwatch.notify.posting import post_digests
from shopwatch.ops.health import read_health
from shopwatch.pipeline import build_models, judge_night, load_exports, notify_teams, publish_night
from shopwatch.store.decisions import Silence, lift, silence
from shopwatch.store.tables import Alert, OutboxMail, now, open_store
from smtp_script import scripted

NIGHT = date(2026, 11, 13)
MONDAYS = date(2026, 11, 15)
"""The night before Monday's mail, in which each team gets its heartbeat."""


@pytest.fixture(scope="module")
def told_home(judged_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after a night that told every team."""
    home = Path(shutil.copytree(judged_home, tmp_path_factory.mktemp("told") / "home"))
    assert notify_teams(Settings(home=home, settle_seconds=0), NIGHT) == ()
    return home


@pytest.fixture
def settings(told_home: Path, tmp_path: Path) -> Settings:
    home = Path(shutil.copytree(told_home, tmp_path / "home"))
    include = Path(shutil.copytree(Settings().include, tmp_path / "include"))
    return Settings(home=home, include=include, settle_seconds=0)


def next_night(settings: Settings, *, is_scheduled: bool = True) -> None:
    """The night after, as Airflow runs it: a step that fails is reported to the data teams."""
    night = NIGHT + timedelta(days=1)
    try:
        load_exports(settings)
        judge_night(settings, night, is_scheduled=is_scheduled)
        if undelivered := notify_teams(settings, night):
            raise UndeliveredError("; ".join(undelivered))
    except (ShopwatchError, OSError) as error:
        post_failure(settings, "the step", "the run", f"{type(error).__name__}: {error}", night)
        deliver_due(settings)


def mail_to_data(settings: Settings) -> str:
    """Text of the one mail that the data team got since."""
    (mail,) = settings.outbox.glob("2026-11-14-*Data.eml")
    body = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def spoil(path: Path) -> None:
    path.write_text("- {not yaml", "utf-8")


@pytest.mark.slow
def test_a_rule_file_that_cannot_be_read_is_reported_and_the_others_are_judged(settings: Settings) -> None:
    spoil(settings.include / "rules" / "3_products.yaml")
    next_night(settings)
    assert "3_products.yaml" in mail_to_data(settings)


@pytest.mark.slow
@pytest.mark.sampled(5)
@pytest.mark.parametrize("mistyped", ["- rul: {}", "- rule: {}!", "- {}"])
def test_a_rule_with_a_mistyped_name_ends_none_of_its_alerts(mistyped: str, settings: Settings) -> None:
    with open_store(settings) as engine, Session(engine) as session:
        rule = session.scalars(select(Alert.rule).where(Alert.state == "firing").limit(1)).one()
    (path,) = (one for one in (settings.include / "rules").glob("*.yaml") if f"- rule: {rule}\n" in one.read_text())
    path.write_text(path.read_text("utf-8").replace(f"- rule: {rule}\n", f"{mistyped.format(rule)}\n"), "utf-8")
    next_night(settings)
    with open_store(settings) as engine, Session(engine) as session:
        assert set(session.scalars(select(Alert.state).where(Alert.rule == rule))) == {"firing"}
    assert path.name in mail_to_data(settings)


@pytest.mark.parametrize(
    "spoiled",
    [b"", pytest.param("- rule: 库存\n".encode("gb18030"), marks=pytest.mark.slow)],
    ids=["emptied", "GBK"],
)
def test_a_rule_file_without_readable_rules_ends_none_of_its_alerts_and_is_reported_each_time(
    spoiled: bytes, settings: Settings
) -> None:
    path = settings.include / "rules" / "3_products.yaml"
    rules = path.read_bytes()
    path.write_bytes(spoiled)
    next_night(settings)
    assert path.name in mail_to_data(settings)
    assert {one.stem for one in settings.outbox.glob("2026-11-14-*.eml")} == {"2026-11-14-Data"}
    assert not any(post_digests(settings, NIGHT + timedelta(days=1)).values())
    path.write_bytes(rules)
    assert not any(post_digests(settings, NIGHT + timedelta(days=1)).values())
    path.write_bytes(spoiled)
    assert [team for team, mails in post_digests(settings, NIGHT + timedelta(days=1)).items() if mails] == ["Data"]


@pytest.mark.slow
def test_routes_that_cannot_be_read_are_reported_to_the_last_known_data_team(settings: Settings) -> None:
    spoil(settings.include / "rules" / "routes.yaml")
    next_night(settings)
    assert "routes.yaml" in mail_to_data(settings)


def test_without_a_data_team_every_team_is_reported(settings: Settings) -> None:
    routes = settings.include / "rules" / "routes.yaml"
    routes.write_text(routes.read_text("utf-8").replace("  data: true\n", ""), "utf-8")
    notified = post_failure(settings, "the step", "the run", "why", NIGHT)
    assert notified == [team.team for team in Catalog(settings).teams]


@pytest.mark.slow
def test_texts_that_cannot_be_read_are_reported_in_bare_facts(settings: Settings) -> None:
    spoil(settings.include / "mail" / "texts.yaml")
    next_night(settings)
    assert "texts.yaml" in mail_to_data(settings)


@pytest.mark.slow
def test_shops_that_cannot_be_read_are_reported_and_degrade_the_health(settings: Settings) -> None:
    spoil(settings.home / "shops.yaml")
    next_night(settings)
    assert "shops.yaml" in mail_to_data(settings)
    settings.published.parent.mkdir(exist_ok=True)
    shutil.copy(settings.shop_warehouse, settings.published)
    assert "declarations_unreadable" in read_health(settings.model_copy(update={"allow_future_nights": False})).problems


@pytest.mark.slow
def test_a_digest_that_cannot_be_written_stops_no_other_mail(settings: Settings) -> None:
    template = settings.include / "mail" / "digest.txt.j2"
    template.write_text("{{ 1 // 0 if page.cards }}" + template.read_text("utf-8"), "utf-8")
    for path in (*settings.outbox.glob("*"), *settings.home.glob("store.sqlite*")):
        path.unlink()
    with pytest.raises(ZeroDivisionError):
        notify_teams(settings, judge_night(settings, NIGHT).night)
    notified = {path.stem[11:].removesuffix("-heartbeat") for path in settings.outbox.glob("2026-11-13-*.eml")}
    assert notified == {team.team for team in Catalog(settings).teams} - {"Merchandise"}, "only it has alerts"


@pytest.mark.slow
def test_a_lost_raw_warehouse_is_reported(settings: Settings) -> None:
    settings.raw_warehouse.unlink()
    next_night(settings)
    assert "raw.duckdb" in mail_to_data(settings)


@pytest.mark.slow
def test_a_scheduled_night_older_than_the_newest_is_reported(settings: Settings) -> None:
    judge_night(settings, NIGHT + timedelta(days=3))
    next_night(settings)
    deliver_due(settings)
    assert "2026-11-16" in mail_to_data(settings)
    assert "night_silent" in read_health(settings).problems
    assert "night_silent" not in read_health(settings, now() + timedelta(hours=27)).problems


def contract(settings: Settings, environment: pytest.MonkeyPatch) -> str:
    spoil(settings.include / "sources" / "wanxiang" / "plans.yaml")
    return "plans.yaml"


def address(settings: Settings, environment: pytest.MonkeyPatch) -> str:
    environment.setenv("SHOPWATCH_INBOX", "tape://drive/exports")
    return "tape"


@pytest.mark.parametrize("wrong", [contract, address], ids=lambda wrong: wrong.__name__)
def test_a_night_of_the_command_line_that_stops_is_reported(
    wrong: Callable[[Settings, pytest.MonkeyPatch], str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    monkeypatch.setenv("SHOPWATCH_INCLUDE", str(settings.include))
    named = wrong(settings, monkeypatch)
    assert CliRunner().invoke(app, ["night", "--night", "2026-11-14"]).exit_code > 0
    assert named in mail_to_data(settings)


def test_a_lost_store_is_reported_by_an_alarm(settings: Settings) -> None:
    for path in settings.home.glob("store.sqlite*"):
        path.unlink()
    (settings.home / "store.sqlite").mkdir()
    with pytest.raises(Exception, match=r"Is a directory|unable to open"):
        next_night(settings)
    (alarm,) = settings.alarms.glob("2026-11-14-failed-*.eml")
    assert b"store.sqlite" in alarm.read_bytes()
    assert "alarm_unsent" in read_health(settings).problems


def test_a_data_team_that_cannot_be_reached_degrades_the_health(settings: Settings) -> None:
    with scripted() as server:
        server.replies = {"rcpt data@example.com": "550 gone"}
        post_failure(settings, "the step", "the run", "why", NIGHT)
        for _ in range(2):
            deliver_due(settings, server.url)
    assert [key for key, *_ in letters(settings.home) if key.startswith("given-up-")]
    with open_store(settings) as engine, Session(engine) as session:
        assert session.query(OutboxMail).filter(OutboxMail.key.startswith("given-up-")).count() == 1
    assert "notice_lost" in read_health(settings).problems
    assert "notice_lost" not in read_health(settings, now() + timedelta(days=8)).problems


@pytest.mark.slow
def test_a_quiet_night_says_when_the_next_mail_comes(settings: Settings) -> None:
    """News of Friday night; on Monday morning the heartbeat, though nothing is new."""
    for days in (1, 2):
        judge_night(settings, NIGHT + timedelta(days=days))
        assert notify_teams(settings, NIGHT + timedelta(days=days)) == ()
    teams = {team.team for team in Catalog(settings).teams}
    told = {path.stem.removesuffix("-heartbeat")[11:] for path in settings.outbox.glob("2026-11-15-*.eml")}
    assert told == teams


@pytest.mark.slow
def test_routes_without_a_team_are_reported_to_the_last_known_data_team(settings: Settings) -> None:
    (settings.include / "rules" / "routes.yaml").write_text("[]", "utf-8")
    next_night(settings)
    assert "declare at least one team" in mail_to_data(settings)


@pytest.mark.slow
@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("judged", "may_lie_ahead", "said"),
    [(NIGHT + timedelta(days=3), "1", "notifies nobody"), (NIGHT, "0", "is not over")],
    ids=["older than the newest", "not over"],
)
def test_a_scheduled_command_whose_night_notifies_nobody_is_reported(
    judged: date, may_lie_ahead: str, said: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_night(settings, judged)
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    monkeypatch.setenv("SHOPWATCH_INCLUDE", str(settings.include))
    monkeypatch.setenv("SHOPWATCH_ALLOW_FUTURE_NIGHTS", may_lie_ahead)
    monkeypatch.setattr("shopwatch.cli.main.business_date", lambda _: NIGHT + timedelta(days=1))
    if may_lie_ahead == "0":
        monkeypatch.setattr("shopwatch.catalog.catalog.last_closed", lambda _: NIGHT - timedelta(days=1))
    CliRunner().invoke(app, ["night"])
    texts = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in settings.outbox.glob("*Data.eml")]
    assert any(said in f"{mail['Subject']} {mail.get_body(('plain',))}" for mail in texts)


@pytest.mark.slow
def test_without_a_rule_nothing_is_withdrawn_and_the_data_team_is_reported_once(settings: Settings) -> None:
    for path in (settings.include / "rules").glob("[0-9]_*.yaml"):
        path.unlink()
    next_night(settings)
    assert "no file such as 1_sales.yaml declares a rule" in mail_to_data(settings)
    assert {path.stem for path in settings.outbox.glob("2026-11-14-*.eml")} == {"2026-11-14-Data"}
    assert not any(post_digests(settings, NIGHT + timedelta(days=1)).values())


@pytest.mark.slow
def test_alerts_that_are_all_silenced_leave_each_team_its_heartbeat(settings: Settings) -> None:
    for path in (*settings.outbox.glob("*"), *settings.home.glob("store.sqlite*")):
        path.unlink()
    judge_night(settings, NIGHT)
    everything = Silence(rule="*", shop="mumian", entity="*", until=NIGHT, reason="stocktaking", by="li")
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        key = silence(session, everything, NIGHT)
    assert notify_teams(settings, NIGHT) == ()
    teams = {team.team for team in Catalog(settings).teams}
    assert {path.stem for path in settings.outbox.glob("*.eml")} == {f"{NIGHT}-{team}-heartbeat" for team in teams}
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        lift(session, key, "li", "counted")
    subjects = [post_digests(settings, NIGHT), post_digests(settings, NIGHT)]
    assert [[team for team, written in night.items() if written] for night in subjects] == [["Merchandise"], []]


def test_a_shop_warehouse_of_another_night_notifies_nobody_and_is_not_published(
    settings: Settings, told_home: Path
) -> None:
    """An older file that was put back between judging and notifying."""
    night = NIGHT + timedelta(days=1)
    judge_night(settings, night)
    shutil.copy(Settings(home=told_home).shop_warehouse, settings.shop_warehouse)
    said = rf"was judged for {NIGHT}, not for {night}: .* Run bin/shopwatch night --night {night}"
    with pytest.raises(StateError, match=said):
        notify_teams(settings, night)
    with pytest.raises(StateError, match=said):
        publish_night(settings, night)
    assert not any(settings.outbox.glob(f"{night}-*"))
    build_models(settings)
    assert not judge_night(settings, night).quiet
    assert notify_teams(settings, night) == ()
    assert any(settings.outbox.glob(f"{night}-*"))


@pytest.mark.slow
def test_an_older_shop_warehouse_under_a_newer_store_changes_no_news(settings: Settings, tmp_path: Path) -> None:
    """Put back by hand, between two nights: the next one builds and judges what it lacks."""
    older = Path(shutil.copy(settings.shop_warehouse, tmp_path / "older.duckdb"))
    next_night(settings)
    other = Settings(home=shutil.copytree(settings.home, tmp_path / "other"), settle_seconds=0)
    shutil.copy(older, other.shop_warehouse)
    mails = []
    for one in (settings, other):
        load_exports(one)
        build_models(one)
        judge_night(one, MONDAYS)
        assert notify_teams(one, MONDAYS) == ()
        mails.append({path.name: path.read_bytes() for path in one.outbox.glob("*.eml")})
    assert mails[0] == mails[1]
    assert any(name.startswith(str(MONDAYS)) for name in mails[0])
