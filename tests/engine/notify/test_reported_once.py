"""What is reported, and that it is once: over nights, repetitions, backfills and missing exports."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import write_demo
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.review.page import write_review
from shopwatch.store.decisions import Silence, acknowledge, silence
from shopwatch.store.tables import Alert, AlertEvent, Decision, open_store
from warehouses import declare_only, judge_and_tell, take_in

QINGHE, MUMIAN = "青禾茶具旗舰店（演示）", "木棉家纺专营店（演示）"
THURSDAY, FRIDAY = date(2026, 11, 12), date(2026, 11, 13)
SATURDAY, SUNDAY = date(2026, 11, 14), date(2026, 11, 15)
FIRST_WEEK = "2026-10-26"


def is_of_three_weeks(file: Path) -> bool:
    day = file.stem.rsplit("_", 1)[-1].removesuffix(" (1)")
    return ("商品_全部" in file.name and day >= FIRST_WEEK) or "库存_202611" in file.name


def is_traffic_without_thursday(file: Path) -> bool:
    is_november = "商品_全部_2026-11-0" in file.name or "商品_全部_2026-11-1" in file.name
    return is_november and not (file.parent.name == "qinghe" and "2026-11-12" in file.name)


@pytest.fixture(scope="module")
def three_weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo shops' last three weeks of traffic and stock, modelled and not yet judged."""
    settings = Settings(home=tmp_path_factory.mktemp("weeks"), settle_seconds=0)
    declare_only(settings.home, "qinghe", "mumian")
    write_demo(settings.inbox, wanted=is_of_three_weeks)
    take_in(settings)
    return settings.home


class NotifiedNights:
    """The homes after Friday, Saturday and Sunday, and the subjects of each night's mails; to be copied.

    A night is watched when somebody first asks for it or for a later one.
    """

    def __init__(self, built: Path, folder: Path) -> None:
        self.settings = Settings(home=shutil.copytree(built, folder / "home"), settle_seconds=0)
        self.folder = folder
        self.homes: dict[date, Path] = {}
        self.subjects: dict[date, list[str]] = {}

    def after(self, night: date) -> Path:
        for due in (FRIDAY, SATURDAY, SUNDAY):
            if due <= night and due not in self.homes:
                self.subjects[due] = judge_and_tell(self.settings, due)
                self.homes[due] = Path(shutil.copytree(self.settings.home, self.folder / due.isoformat()))
        return self.homes[night]


@pytest.fixture(scope="module")
def notified(three_weeks: Path, tmp_path_factory: pytest.TempPathFactory) -> NotifiedNights:
    """Three nights, one after the other."""
    return NotifiedNights(three_weeks, tmp_path_factory.mktemp("told"))


def copy_of(home: Path, tmp_path: Path) -> Settings:
    return Settings(home=shutil.copytree(home, tmp_path / "home"), settle_seconds=0)


@pytest.fixture
def settings(three_weeks: Path, tmp_path: Path) -> Settings:
    return copy_of(three_weeks, tmp_path)


@pytest.fixture
def after_friday(notified: NotifiedNights, tmp_path: Path) -> Settings:
    return copy_of(notified.after(FRIDAY), tmp_path)


@pytest.fixture
def after_saturday(notified: NotifiedNights, tmp_path: Path) -> Settings:
    return copy_of(notified.after(SATURDAY), tmp_path)


@pytest.fixture
def after_sunday(notified: NotifiedNights, tmp_path: Path) -> Settings:
    return copy_of(notified.after(SUNDAY), tmp_path)


@pytest.mark.slow
def test_each_piece_of_news_is_reported_in_one_night_only(notified: NotifiedNights, after_sunday: Settings) -> None:
    assert notified.subjects == {
        FRIDAY: [f"运营 · 新增 1 项 · {MUMIAN} · ¥2,152", f"Merchandise · 2 new · {MUMIAN} · ¥3,077.83"],
        SATURDAY: [f"商品 · 新增 2 项 · {QINGHE} · ¥7,931.46", f"Merchandise · 1 recovered · {MUMIAN}"],
        SUNDAY: [
            f"运营 · 新增 3 项 · {QINGHE} · ¥2,747.44 · 恢复 1 项",
            f"商品 · 新增 1 项 · {QINGHE} · ¥806.56",
            f"[1 critical] Merchandise · 1 worse · {MUMIAN} · ¥1,490.40",  # open since Friday, critical since Sunday
        ],
    }
    assert judge_and_tell(after_sunday, SUNDAY) == []
    mails = {path.stem for path in after_sunday.outbox.glob("*.eml")}
    assert len({name for name in mails if not name.endswith("-heartbeat")}) == 7


@pytest.mark.slow
def test_a_backfill_notifies_nobody_and_its_alerts_are_no_news_afterwards(settings: Settings) -> None:
    assert judge_and_tell(settings, FRIDAY, backfill=True) == []
    assert judge_and_tell(settings, SATURDAY) == [
        f"商品 · 新增 2 项 · {QINGHE} · ¥7,931.46",
        f"Merchandise · 1 recovered · {MUMIAN}",
    ]


@pytest.mark.slow
def test_an_older_night_changes_no_alert_and_notifies_nobody(after_friday: Settings) -> None:
    before = history(after_friday)
    assert judge_and_tell(after_friday, THURSDAY) == []
    assert history(after_friday) == before


@pytest.mark.slow
def test_the_same_history_gives_the_same_alerts_however_many_nights_saw_it(
    notified: NotifiedNights, settings: Settings
) -> None:
    judge_and_tell(settings, SUNDAY)
    night_by_night = Settings(home=notified.after(SUNDAY))
    assert [row[:3] for row in history(settings)] == [row[:3] for row in history(night_by_night)]


@pytest.mark.slow
def test_a_missing_day_of_traffic_blocks_the_week_and_says_which_day(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "gap", settle_seconds=0)
    write_demo(settings.inbox, wanted=is_traffic_without_thursday)
    take_in(settings)
    subjects = judge_and_tell(settings, SUNDAY)
    assert f"运营 · 受阻 1 项 · {QINGHE}" in subjects
    mail = (settings.outbox / "2026-11-15-运营.eml").read_bytes()
    text = body(mail)
    assert "缺 生意参谋 商品_全部：11-12" in text
    with open_store(settings) as engine, Session(engine) as session:
        assert [a.entity for a in session.scalars(select(Alert).where(Alert.shop == "qinghe"))] == []


@pytest.mark.slow
def test_what_no_team_takes_goes_to_those_who_look_after_the_data(settings: Settings, tmp_path: Path) -> None:
    include = Path(shutil.copytree(settings.include, tmp_path / "include"))
    routes = include / "rules" / "routes.yaml"
    routes.write_text(
        routes.read_text("utf-8").replace("shops: [mumian, online_retail]", "shops: [elsewhere]"), "utf-8"
    )
    subjects = judge_and_tell(Settings(home=settings.home, include=include, settle_seconds=0), FRIDAY)
    assert subjects == [f"运营 · 新增 1 项 · {MUMIAN} · ¥2,152", f"Data · 2 new · {MUMIAN} · ¥3,077.83"]


def history(settings: Settings) -> list[tuple[object, ...]]:
    with open_store(settings) as engine, Session(engine) as session:
        events = session.scalars(select(AlertEvent).order_by(AlertEvent.key)).all()
        return [(e.alert_key, e.event, e.period, e.night) for e in events]


def body(mail: bytes) -> str:
    import email
    import email.policy

    part = email.message_from_bytes(mail, policy=email.policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.slow
def test_what_a_rules_alerts_were_worth_is_in_the_review(after_saturday: Settings) -> None:
    settings = after_saturday
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        key = session.scalars(select(Alert.key).where(Alert.entity == "QH-TEA-016-01")).one()
        acknowledge(session, key, "Lin", "ordered", "arrives on Friday")
    judge_and_tell(settings, SUNDAY)
    with duckdb.connect(settings.published, read_only=True) as con:
        assert con.execute(
            "select rule, fired, open, resolved, acknowledged, ignored, median_days_to_resolve "
            "from review.rule_quality where rule in ('conversion_low', 'roas_low', 'stock_low') order by rule"
        ).fetchall() == [
            ("conversion_low", 3, 2, 1, 0, 1, 7),
            ("roas_low", 0, 0, 0, 0, 0, None),
            ("stock_low", 4, 3, 1, 1, 1, 1),
        ]
        assert con.execute('select kind, "by", reason, plan from ops.decisions').fetchall() == [
            ("acknowledge", "Lin", "ordered", "arrives on Friday")
        ]


@pytest.mark.slow
def test_a_wrong_rule_stops_only_itself(after_friday: Settings, tmp_path: Path) -> None:
    settings = after_friday
    include = Path(shutil.copytree(settings.include, tmp_path / "include"))
    rules = include / "rules" / "3_products.yaml"
    rules.write_text(rules.read_text("utf-8").replace("breach: {at_most: 10}", "breach: {atmost: 10}"), "utf-8")
    broken = Settings(home=settings.home, include=include, settle_seconds=0)
    assert judge_and_tell(broken, SUNDAY) == [
        f"运营 · 新增 3 项 · {QINGHE} · ¥2,747.44 · 恢复 1 项",
        f"商品 · 新增 1 项 · {QINGHE} · ¥8,026.89",
        "Data · 1 file problem",
    ]
    said = body((settings.outbox / "2026-11-15-Data.eml").read_bytes())
    assert "stock_low" in said
    assert "did you mean `at_most`" in said
    assert {alert_key for alert_key, event, *_ in history(settings) if event == "retracted"} == set()
    assert write_review(broken.published, Catalog(broken), broken.reports).exists()


@pytest.mark.slow
def test_the_review_says_what_was_decided_and_what_became_of_it(after_friday: Settings) -> None:
    settings = after_friday
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        key = session.scalars(select(Alert.key).where(Alert.rule == "conversion_low", Alert.state == "firing")).first()
        acknowledge(session, key, "Lin", "new main image", "look again on Friday")
        quiet = Silence(rule="stock_*", shop="mumian", until=date.today(), reason="clearance", by="Zhou")
        silence(session, quiet, date.today())
        for decision in session.scalars(select(Decision)):
            decision.at = datetime(2026, 11, 13, 9)
    judge_and_tell(settings, SUNDAY)
    with duckdb.connect(settings.published, read_only=True) as con:
        assert con.execute(
            "select distinct rule, decision, decided_by, decided_on, decision_reason, plan, outcome, outcome_days "
            "from review.weekly_alerts where decision is not null and week_start = '2026-11-09' order by all"
        ).fetchall() == [
            ("conversion_low", "acknowledge", "Lin", FRIDAY, "new main image", "look again on Friday", "resolved", 2),
            ("stock_low", "silence", "Zhou", FRIDAY, "clearance", "", "open", 2),
            ("stock_low", "silence", "Zhou", FRIDAY, "clearance", "", "resolved", 1),
        ]


@pytest.mark.slow
def test_an_alert_of_a_rule_that_cannot_be_read_stays_in_the_review(after_saturday: Settings, tmp_path: Path) -> None:
    settings = after_saturday
    include = Path(shutil.copytree(settings.include, tmp_path / "include"))
    rules = include / "rules" / "3_products.yaml"
    rules.write_text(rules.read_text("utf-8").replace("breach: {at_most: 10}", "breach: {atmost: 10}"), "utf-8")
    broken = Settings(home=settings.home, include=include, settle_seconds=0)
    judge_and_tell(broken, SUNDAY)
    with duckdb.connect(settings.published, read_only=True) as con:
        held = con.execute(
            "select rule_title_en, value is not null, owner_en from review.weekly_alerts "
            "where rule = 'stock_low' and state = 'firing' and week_start = '2026-11-09'"
        ).fetchall()
    assert held
    assert set(held) == {("stock_low", True, None)}
    page = write_review(broken.published, Catalog(broken), broken.reports)
    assert "stock_low" in page.read_text("utf-8")
