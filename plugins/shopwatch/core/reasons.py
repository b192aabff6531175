"""Reasons with a code and values, told in the sentences of ``include/reasons.yaml``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from shopwatch.core.errors import ShopwatchError
from shopwatch.core.i18n import Language, Words, reasons
from shopwatch.core.settings import PROJECT

COMMA = {"zh": "、", "en": ", "}


class CodedError(ShopwatchError, ValueError):
    """An error whose sentence is told in the reader's language.

    ``code`` is that of a sentence in ``include/reasons.yaml``, which the values fill in. A value is text,
    a number, a day, a list of them, or ``{zh: ..., en: ...}``.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    @property
    def values_json(self) -> str:
        """The values as the ledger keeps them."""
        return json.dumps(self.values, ensure_ascii=False, default=str)

    def __str__(self) -> str:
        return sentence(PROJECT / "include", "en", self.code, self.values)


class RejectedError(CodedError):
    """A file that cannot be taken as it is."""

    @classmethod
    def relay(cls, code: str, values: Mapping[str, object]) -> RejectedError:
        """A refusal that another process has found."""
        return cls(code, **values)


def sentence(
    include: Path, language: Language, code: str | None, values: Mapping[str, object], otherwise: str = ""
) -> str:
    """A reason in words of a language; ``otherwise`` where it has no code or one that is not known."""
    say = reasons(include, language)
    if code is None or code not in say:
        return otherwise or code or ""
    return say(code, **{name: _said(value, say) for name, value in values.items()})


def _said(value: object, say: Words) -> object:
    if isinstance(value, Mapping):
        return value[say.language]
    if isinstance(value, list | tuple):
        return COMMA[say.language].join(map(str, value))
    return value
