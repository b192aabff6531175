"""Why a file or a row was not taken: a code with values, said in words of ``include/reasons.yaml``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from shopwatch.settings import PROJECT
from shopwatch.texts import Language, Words, reasons

COMMA = {"zh": "、", "en": ", "}
CODE = re.compile(r"[a-z_]+")


class RejectedError(ValueError):
    """A file that cannot be taken as it is.

    ``said`` is the code of a sentence in ``include/reasons.yaml``, which the values fill in, or such a
    sentence itself, in English. A value is text, a number, a list of them, or ``{zh: ..., en: ...}``.
    """

    def __init__(self, said: str, **values: object) -> None:
        super().__init__(said)
        self.said = said
        self.values = values

    @property
    def code(self) -> str | None:
        """The code, or None for a sentence that has none."""
        return self.said if CODE.fullmatch(self.said) else None

    @property
    def values_json(self) -> str:
        """The values as the ledger keeps them."""
        return json.dumps(self.values, ensure_ascii=False, default=str)

    def __str__(self) -> str:
        return sentence(PROJECT / "include", "en", self.code, self.values, self.said)


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
