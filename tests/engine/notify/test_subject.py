"""The subject of a mail: severity first, then team, new alerts, shops and money."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_mail import CONVERSION, DIGEST, OPEN, REJECTED, ROAS, SHOP, sent

from shopwatch.notify.message import Digest


@pytest.mark.parametrize(
    ("digest", "subject"),
    [
        (
            DIGEST,
            f"[严重 1] 运营 · 新增 3 项 · {SHOP} · ¥15,180.50 · 恢复 1 项 · 受阻 1 项 · 文件问题 2 个",
        ),
        (
            replace(DIGEST, notes=(), blocked=(), cards=(CONVERSION,)),
            f"运营 · 新增 1 项 · {SHOP} · ¥12,400",
        ),
        (
            replace(DIGEST, team="Operations", language="en", notes=(REJECTED,)),
            f"[1 critical] Operations · 3 new · {SHOP} · ¥15,180.50 · 1 recovered · 1 blocked · 1 file problem",
        ),
        (
            replace(
                DIGEST,
                cards=(CONVERSION, replace(ROAS, shop="t", shop_title="Tea", currency="GBP")),
                notes=(),
                blocked=(),
            ),
            f"运营 · 新增 2 项 · {SHOP}等 2 店 · ¥12,400 + £756.50",
        ),
        (
            replace(
                DIGEST,
                team="Tea",
                language="en",
                cards=tuple(replace(CONVERSION, key=title, shop=title, shop_title=title) for title in "ABC"),
                notes=(),
                blocked=(),
            ),
            "Tea · 3 new · A and 2 more shops · ¥37,200",
        ),
        (
            replace(DIGEST, cards=(CONVERSION, replace(CONVERSION, key="t", shop="t")), notes=(), blocked=()),
            f"运营 · 新增 2 项 · {SHOP}等 2 店 · ¥24,800",  # shops of the same title
        ),
        (replace(DIGEST, cards=(OPEN,), notes=(), blocked=()), f"运营 · 无新增预警 · {SHOP}"),
    ],
)
def test_subject(digest: Digest, subject: str) -> None:
    assert sent(digest)["Subject"] == subject
