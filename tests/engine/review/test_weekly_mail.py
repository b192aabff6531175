"""Monday's mail: the week of each shop in its body, with the numbers of the published tables; its files once."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from review_tables import METRICS, TEA, WEEK, Rows, alert, full, kpi, metric, shop_week, stage, write_tables
from shopwatch.core.settings import Settings
from shopwatch.review.weekly_posting import post_review
from shopwatch.store.tables import OutboxMail, open_store

ROUTES = """
- {team: 运营, owners: [运营], language: zh, to: [a@example.com]}
- {team: Operations, owners: [运营], language: en, to: [b@example.com], review: files}
- {team: Gifts, owners: [运营], language: en, shops: [uci], to: [c@example.com]}
- {team: Quiet, owners: [运营], to: [d@example.com], review: never}
"""
HOSTILE = "<b>茶</b>\u202egnp.exe\u0007=1+1"
TITLES = {  # column of review.weekly_shop -> title in the mail
    "revenue": ("成交额", "Revenue"),
    "value_per_order": ("笔单价", "Value per order"),
    "refunded": ("退款", "Refunds"),
    "spend": ("推广花费", "Ad spend"),
    "roas": ("投入产出比", "Roas"),
}
TRAFFIC = {"visitors": ("访客数", "Visitors"), "pay_conversion": ("支付转化率", "Pay conversion")}

Mails = dict[str, EmailMessage]
Post = Callable[..., Mails]


@pytest.fixture(scope="module")
def include(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(Settings().include, tmp_path_factory.mktemp("shop") / "include"))


@pytest.fixture
def post(tmp_path: Path, include: Path) -> Post:
    def posted(tables: dict[str, Rows], routes: str = ROUTES, **values: object) -> Mails:
        home = tmp_path / "home"
        (include / "rules" / "routes.yaml").write_text(routes, "utf-8")
        settings = Settings.model_validate(values | {"home": home, "include": include})
        settings.published.parent.mkdir(parents=True)
        write_tables(settings.published, tables)
        page, book = home / "review-2026-W46.html", home / "review-2026-W46.xlsx"
        page.write_text("<p>the week</p>")
        book.write_bytes(b"PK")
        post_review(settings, page, [book])
        with open_store(settings) as engine, Session(engine) as session:
            letters = {one.team: one.content for one in session.scalars(select(OutboxMail))}
        return {team: email.message_from_bytes(raw, policy=email.policy.default) for team, raw in letters.items()}

    return posted


def week() -> dict[str, Rows]:
    """A shop with all key figures, and one without ads, traffic and refunds."""
    tables = full()
    tables["meta.metrics"] = [*METRICS, metric("visitors", "访客数", "count", "shop_day")]
    tables["review.weekly_kpi"] = [
        kpi(metric="visitors", unit="count", value=16618.0, value_last_week=15752.0, value_change=0.05498),
        kpi(metric="pay_conversion", unit="share", value=0.0365868, value_change=-0.0232, target=0.02),
    ]
    tables["review.weekly_stage"] = [stage(3, state="weak", is_weakest=True, at_stake=Decimal("11690.01"))]
    uci = next(row for row in tables["review.weekly_shop"] if row["shop"] == "uci")
    uci |= {"refunded": None, "net_revenue": None, "ad_revenue": None}
    return tables


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def block(text: str, title: str) -> str:
    """The part of the plain text about one shop."""
    rule = "=" * 40
    parts = text.split(f"{rule}\n{title}\n{rule}\n")
    assert len(parts) == 2, title
    return parts[1].split(rule)[0]


def figure(part: str, title: str) -> str:
    (line,) = re.findall(rf"^- {title}(?:：|: )(.+)$", part, re.MULTILINE)
    return str(line)


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.−]", "", text.split()[0].rstrip("，,")).replace("−", "-"))


@pytest.mark.parametrize(("team", "language"), [("运营", 0), ("Operations", 1)])
def test_every_number_is_that_of_the_published_tables(team: str, language: int, post: Post, tmp_path: Path) -> None:
    part = block(text_of(post(week())[team]), "青禾茶具")
    with duckdb.connect(Settings(home=tmp_path / "home").published, read_only=True) as con:
        (shop,) = (
            con.sql(f"from review.weekly_shop where shop = 'tea' and week_start = '{WEEK}'").to_df().to_dict("records")
        )
        kpis = dict(con.sql("select metric, value from review.weekly_kpi").fetchall())
    for column, titles in TITLES.items():
        assert number(figure(part, titles[language])) == round(Decimal(str(shop[column])), 2), column
    assert number(figure(part, TRAFFIC["visitors"][language])) == kpis["visitors"]
    conversion = figure(part, TRAFFIC["pay_conversion"][language])
    assert number(conversion) == round(Decimal(kpis["pay_conversion"]) * 100, 2)
    assert "▼ −2.32%" in conversion
    assert ("目标 2% 已达标", "Target 2% reached")[language] in conversion
    assert "▼ −4.00%" in figure(part, TITLES["revenue"][language])
    assert "▲ +70.78%" in figure(part, TITLES["refunded"][language])  # 1,108.00 the week before


def test_the_body_has_the_weak_stage_and_what_to_decide(post: Post) -> None:
    tables = week()
    tables["review.weekly_alerts"] = [
        *(alert(alert_key=f"k{n}", entity=f"e{n}", entity_name=f"计划 {n}", at_stake=Decimal(n)) for n in range(1, 8)),
        alert(alert_key="worst", entity="e0", entity_name="超卖的壶", severity="critical", at_stake=None),
        alert(alert_key="second", entity="e7", entity_name="计划 7", rule_title_zh="点击太贵", at_stake=Decimal("0.5")),
        alert(alert_key="known", entity="e9", entity_name="有人管", decision="acknowledge"),
        alert(alert_key="over", entity="e8", entity_name="已恢复的", state="resolved"),
    ]
    mail = post(tables, page_url="https://airflow.example.com/shopwatch")["运营"]
    part = block(text_of(mail), "青禾茶具")
    assert "最薄弱环节：商品管理，涉及金额 ¥11,690.01。" in part
    assert re.findall(r"^\d\. (\S+) \| (.+?)(?: · |$)", part, re.MULTILINE) == [
        ("严重", "超卖的壶"),
        *(("警告", f"计划 {n}") for n in (7, 6, 5, 4)),
    ]
    assert "投产比过低、点击太贵 · 投入产出比 2.10，警戒线 3" in part
    assert "另有 3 项待处理" in part
    assert "另有 1 项预警已有决定。" in part
    assert "有人管" not in part
    assert "https://airflow.example.com/shopwatch/alert?key=worst" in part
    assert 'href="https://airflow.example.com/shopwatch/week?start=2026-11-09#shop-tea"' in text_of(mail, "html")


@pytest.mark.slow
def test_a_target_is_named_in_the_teams_language(post: Post) -> None:
    target = alert(entity_type="target", entity="pay_conversion/week", entity_name="支付转化率（周）")
    mails = post(week() | {"review.weekly_alerts": [target]})
    assert "| 支付转化率（周） ·" in text_of(mails["运营"])
    assert "| Pay conversion (week) ·" in text_of(mails["Operations"])


def test_what_is_missing_has_its_reason_and_is_never_zero(post: Post) -> None:
    mails = post(week())
    part = block(text_of(mails["Gifts"]), "Gift shop")
    assert figure(part, "Revenue").startswith("£1,234.50")
    for title, reason in {
        "Visitors": "there is no product traffic export",
        "Pay conversion": "there is no product traffic export",
        "Refunds": "refunds unknown: no export reports those of these orders",
        "Ad spend": "there is no advertising export",
        "Roas": "there is no advertising export",
    }.items():
        assert figure(part, title) == f"—, {reason}"
    assert "青禾茶具" not in text_of(mails["Gifts"])
    assert "No alert needs a decision." in part


def test_nothing_spent_does_not_apply(post: Post) -> None:
    tables = week() | {"review.weekly_shop": [shop_week(spend=Decimal("0.00"), roas=None, ad_revenue=Decimal(0))]}
    part = block(text_of(post(tables)["运营"]), "青禾茶具")
    assert figure(part, "推广花费").startswith("¥0")
    assert figure(part, "投入产出比").startswith("—，目标 3，无花费，不适用")


def test_partial_weeks_keep_their_marks(post: Post) -> None:
    tables = week()
    last = shop_week(WEEK - timedelta(days=7), revenue=Decimal("73549.00"))
    open_week = {"is_closed": False, "as_of": WEEK + timedelta(days=4), "completeness": 5 / 7}
    tables["review.weekly_shop"] = [last, shop_week(**open_week)]
    for name in ("product", "ad_campaign", "stock"):
        tables[f"review.weekly_{name}"] = [row | open_week for row in tables[f"review.weekly_{name}"]]
    text = text_of(post(tables)["运营"])
    assert "本周未结束：以下数字只到 2026-11-13 周五，不能与完整的一周直接比较。" in text
    part = block(text, "青禾茶具")
    assert "5/7 天有数据（上周 7/7）" in figure(part, "成交额")
    assert "达标" not in figure(part, "成交额")


def test_the_files_are_attached_once(post: Post) -> None:
    mails = post(week())
    files = {team: [part.get_filename() for part in mail.iter_attachments()] for team, mail in mails.items()}
    assert files == {"运营": [], "Operations": ["review-2026-W46.html", "review-2026-W46.xlsx"], "Gifts": []}
    assert "在发给 Operations 的邮件里" in text_of(mails["运营"])
    assert "are attached. " in text_of(mails["Operations"])


@pytest.mark.slow
def test_without_a_team_for_the_files_the_first_gets_them(post: Post) -> None:
    mails = post(week(), ROUTES.replace(", review: files", ""))
    assert [team for team, mail in mails.items() if list(mail.iter_attachments())] == ["运营"]


def test_names_from_files_stay_text(post: Post) -> None:
    tables = week() | {"marts.dim_shop": [TEA | {"title": HOSTILE}]}
    tables["review.weekly_alerts"] = [alert(entity_name=HOSTILE)]
    mail = post(tables)["运营"]
    html, text = text_of(mail, "html"), text_of(mail)
    assert "<b>茶" not in html
    assert "&lt;b&gt;茶" in html
    assert not re.search("[\u202e\u0007]", html + text + str(mail["Subject"]))


@pytest.mark.slow
def test_many_shops_are_shortened_not_cut(post: Post) -> None:
    names = [f"s{number:03}" for number in range(90)]
    tables = {name: [row for row in rows if row.get("shop") is None] for name, rows in week().items()}
    tables["marts.dim_shop"] = [TEA | {"shop": name, "title": f"店 {name}"} for name in names]
    tables["review.weekly_shop"] = [shop_week(shop=name) for name in names]
    mail = post(tables)["运营"]
    text = text_of(mail)
    assert text.count("- 成交额：") == 8
    assert text.count("本周成交额") == 68
    assert "另有 22 家店铺，见页面和工作簿。" in text
    assert len(mail.as_bytes()) < 100_000
    assert str(mail["Subject"]).endswith("等 90 店")
