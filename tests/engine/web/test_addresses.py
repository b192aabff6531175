"""The addresses that a mail links to."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from shopwatch.core.links import alert_address, entity_path
from shopwatch.core.settings import Settings


def with_base(base: str) -> Settings:
    return Settings(home=Path("/nowhere"), page_url=base)


@pytest.mark.parametrize("base", ["https://air.example.com/shopwatch", "https://air.example.com/shopwatch/"])
def test_an_alert_has_an_address(base: str) -> None:
    assert alert_address(with_base(base), "0f3c") == "https://air.example.com/shopwatch/alert?key=0f3c"


def test_nothing_of_a_file_can_break_out_of_an_address() -> None:
    path = entity_path("s&id=x", "campaign", '计划/1#?"><script>')
    assert path == "entity?shop=s%26id%3Dx&type=campaign&id=%E8%AE%A1%E5%88%92%2F1%23%3F%22%3E%3Cscript%3E"


def test_without_a_base_there_is_no_address() -> None:
    assert alert_address(with_base(""), "0f3c") == ""


def test_a_base_that_is_no_web_address_is_refused() -> None:
    with pytest.raises(ValidationError, match="page_url"):
        with_base("javascript:alert(1)")
