"""Coded reasons with values, rendered through the sentences of ``include/reasons.yaml``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from shopwatch.core.errors import ShopwatchError
from shopwatch.core.i18n import Language, Words, reasons
from shopwatch.core.settings import PROJECT

COMMA = {"zh": "、", "en": ", "}


class CodedError(ShopwatchError, ValueError):
    """Error rendered in the reader's language.

    ``code`` names a sentence in ``include/reasons.yaml``; the values fill its placeholders. A value is text, a number,
    a day, a list of these, or ``{zh: ..., en: ...}``.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    @property
    def values_json(self) -> str:
        """Values as JSON for the ledger."""
        return json.dumps(self.values, ensure_ascii=False, default=str)

    def __str__(self) -> str:
        return sentence(PROJECT / "include", "en", self.code, self.values)


class RejectedError(CodedError):
    """File that cannot be loaded as it is."""

    @classmethod
    def relay(cls, code: str, values: Mapping[str, object]) -> RejectedError:
        """Rebuild a rejection that another process raised."""
        return cls(code, **values)


def sentence(
    include: Path, language: Language, code: str | None, values: Mapping[str, object], otherwise: str = ""
) -> str:
    """Render a reason in a language; ``otherwise`` if it has no code or an unknown one."""
    texts = reasons(include, language)
    if code is None or code not in texts:
        return otherwise or code or ""
    return texts(code, **{name: _render_value(value, texts) for name, value in values.items()})


def _render_value(value: object, texts: Words) -> object:
    if isinstance(value, Mapping):
        return value[texts.language]
    if isinstance(value, list | tuple):
        return COMMA[texts.language].join(map(str, value))
    return value
