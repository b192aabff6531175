from __future__ import annotations

import re
import threading

import pytest

from files import drop, load_all, order, orders_csv
from shopwatch.core.settings import Settings
from shopwatch.ingest import progress

LINE = re.compile(
    r"big202611030100\.csv: "
    r"(reading, (\d+ of \d+ MB|\d+ MB turned into UTF-8)"
    r"|(looking up buyers and places|storing), [\d,]+ of 20,000 rows), \d+ s"
)


def told(settings: Settings, caplog: pytest.LogCaptureFixture) -> list[str]:
    few = orders_csv([order(number) for number in range(1000)]).partition(b"\n")
    drop(settings, "qinghe/big202611030100.csv", few[0] + few[1] + few[2] * 20)
    with caplog.at_level("INFO", logger="shopwatch"):
        assert load_all(settings)["tmall_orders"].rows == 20_000
    return [message for message in caplog.messages if message.startswith("big2026")]


def test_a_long_load_says_how_far_it_is(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "WORTH_WATCHING", 1 << 20)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.002)
    lines = told(settings, caplog)
    assert {line.partition(": ")[2].partition(",")[0] for line in lines} == {
        "reading",
        "looking up buyers and places",
        "storing",
    }
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert "progress" not in {thread.name for thread in threading.enumerate()}


def test_a_short_one_only_says_what_came_of_it(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    assert told(settings, caplog) == []
    assert any("20,000 rows, 0 quarantined, 0 skipped" in message for message in caplog.messages)
