"""Currency codes of ISO 4217, as Babel lists them (Unicode CLDR)."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from pydantic import AfterValidator

from shopwatch.declared import closest

USUAL = {
    "RMB": "CNY", "CNH": "CNY", "YUAN": "CNY", "人民币": "CNY", "元": "CNY", "¥": "CNY", "￥": "CNY", "$": "USD",
    "US$": "USD", "€": "EUR", "EURO": "EUR", "£": "GBP", "UKP": "GBP", "STG": "GBP", "NTD": "TWD", "HK$": "HKD",
}  # fmt: skip
"""What people write, and the code that they mean."""


@cache
def currency_codes() -> frozenset[str]:
    """Every code, those of currencies that are gone included."""
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


def _is_a_code(code: str) -> str:
    if code in currency_codes():
        return code
    meant = USUAL.get(code.upper(), code.upper())
    near = f" (did you mean `{meant}`?)" if meant in currency_codes() else closest(code.upper(), currency_codes())
    raise ValueError(f"`{code}` is no ISO 4217 currency code{near}")


Currency = Annotated[str, AfterValidator(_is_a_code)]
