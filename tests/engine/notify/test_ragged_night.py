"""A night in which one export is late, one has stopped, one has no rows and a rule is paused: each team's mails."""

from __future__ import annotations

import shutil
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from demo import write_demo
from shopwatch.core.settings import Settings
from shopwatch.pipeline import judge_night, notify_teams
from shopwatch.store.decisions import Silence, silence
from shopwatch.store.tables import open_store
from warehouses import declare_only, take_in

FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY = (date(2026, 11, day) for day in range(13, 18))
HEADERS = "商家编码,货品编号,货品名称,规格名称,实际库存,可发库存,可用库存,采购在途\n"


def is_used(file: Path) -> bool:
    return "库存_202611" in file.name or (file.parent.name == "qinghe" and "商品_全部_2026-11-1" in file.name)


def drop(files: Path, settings: Settings, pattern: str) -> None:
    for path in files.glob(pattern):
        target = settings.inbox / path.relative_to(files)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def told(settings: Settings, night: date) -> dict[str, str]:
    """Subject and text of the mails that a run of the night adds, by team; heartbeats alone are left out."""
    before = set(settings.outbox.glob("*.eml"))
    take_in(settings)
    judge_night(settings, night)
    assert notify_teams(settings, night) == ()
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in _new(settings, before)]
    return {str(mail["X-Shopwatch-Team"]): f"{mail['Subject']}\n{_text(mail)}" for mail in mails}


def _new(settings: Settings, before: set[Path]) -> list[Path]:
    return [path for path in settings.outbox.glob("*.eml") if path not in before and "heartbeat" not in path.name]


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.slow
def test_each_team_reads_once_what_concerns_it(tmp_path: Path) -> None:
    files, settings = tmp_path / "files", Settings(home=tmp_path / "home", settle_seconds=0)
    declare_only(settings.home, "qinghe", "mumian")
    write_demo(files, wanted=is_used)
    for day in ("01", "08", "09", "10", "11", "12", "13"):
        drop(files, settings, f"*/*库存_202611{day}*")
        drop(files, settings, f"*/*商品_全部_2026-11-{day}*")
    told(settings, FRIDAY)

    (settings.inbox / "qinghe" / "库存_20261114235500.csv").write_text(HEADERS, "utf-8")
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        pause = Silence(rule="stock_low", shop="qinghe", until=SUNDAY, reason="盘点", by="林")
        silence(session, pause, SATURDAY)
    mails = told(settings, SATURDAY)
    assert mails.keys() == {"Data", "Merchandise", "商品"}
    assert "库存_20261114235500.csv" in mails["Data"]
    assert "it has headers and no rows; earlier ones had some" in mails["Data"]
    assert "no data for 11-14. Not judged because of it: Low stock" in mails["Merchandise"]
    assert "缺 旺店通 库存：11-14。因此未判断：库存预警" in mails["商品"]
    assert "库存_2026" not in mails["Merchandise"] + mails["商品"]

    drop(files, settings, "*/*商品_全部_2026-11-14*")  # late, and nothing depends on it before the week ends
    assert told(settings, SATURDAY) == {}

    drop(files, settings, "*/*商品_全部_2026-11-15*")
    drop(files, settings, "qinghe/*库存_20261115*")
    mails = told(settings, SUNDAY)
    assert "The export for 2026-11-14 was due at 2026-11-15 09:00; the latest is for 2026-11-13" in mails["Merchandise"]
    assert "库存预警" not in mails.get("商品", ""), "the paused rule"


@pytest.mark.slow
@pytest.mark.parametrize("is_late", [True, False])
@pytest.mark.parametrize("until", [SUNDAY, MONDAY])
def test_a_pause_that_ends_while_one_shops_export_is_missing_hides_its_alert_no_longer(
    tmp_path: Path, until: date, is_late: bool
) -> None:
    """The first night after the pause tells of the alert that began in it, once, with the last day that was judged."""
    files, settings = tmp_path / "files", Settings(home=tmp_path / "home", settle_seconds=0)
    declare_only(settings.home, "qinghe", "mumian")
    write_demo(files, wanted=lambda file: "库存_202611" in file.name)
    for shop, day in (("qinghe", "16"), ("qinghe", "17"), ("mumian", "16"), ("mumian", "17")):
        (last,) = (files / shop).glob("*库存_20261115*")
        shutil.copy(last, last.with_name(last.name.replace("20261115", f"202611{day}")))
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        silence(session, Silence(rule="stock_low", shop="mumian", until=until, reason="盘点", by="林"), FRIDAY)
    for day in ("09", "10", "11", "12", "13", "14", "15"):
        drop(files, settings, f"*/*库存_202611{day}*")
    told(settings, SUNDAY)

    drop(files, settings, "qinghe/*库存_20261116*")
    monday = told(settings, MONDAY).get("Merchandise", "")
    assert "no data for 11-16. Not judged because of it: Low stock" in monday
    assert ("Available stock 0, at or below the limit of 10" in monday) == (until == SUNDAY)
    assert ("2026-11-15 · since then not judged: 11-16" in monday) == (until == SUNDAY)
    if is_late:
        drop(files, settings, "mumian/*库存_20261116*")
    assert "1 new" not in told(settings, MONDAY).get("Merchandise", "")

    drop(files, settings, "*/*库存_20261117*")
    tuesday = told(settings, TUESDAY).get("Merchandise", "")
    assert ("Available stock 0, at or below the limit of 10" in tuesday) == (until == MONDAY)
    assert told(settings, TUESDAY) == {}
