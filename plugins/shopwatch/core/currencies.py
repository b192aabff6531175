"""Currency codes of ISO 4217, as Babel lists them (Unicode CLDR)."""

from __future__ import annotations

from functools import cache

from shopwatch.core.strict_yaml import closest

USUAL = {
    "RMB": "CNY", "CNH": "CNY", "YUAN": "CNY", "人民币": "CNY", "元": "CNY", "¥": "CNY", "￥": "CNY", "$": "USD",
    "US$": "USD", "€": "EUR", "EURO": "EUR", "£": "GBP", "UKP": "GBP", "STG": "GBP", "NTD": "TWD", "HK$": "HKD",
}  # fmt: skip
"""Common spellings and symbols -> ISO 4217 code."""


@cache
def currency_codes() -> frozenset[str]:
    """All known codes, including those of discontinued currencies."""
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


def unknown_currency(code: str) -> str:
    """Error message for a text that is not a currency code; empty for a valid code."""
    if code in currency_codes():
        return ""
    meant = USUAL.get(code.upper(), code.upper())
    near = f" (did you mean `{meant}`?)" if meant in currency_codes() else closest(code.upper(), currency_codes())
    return f"`{code}` is not an ISO 4217 currency code{near}"
