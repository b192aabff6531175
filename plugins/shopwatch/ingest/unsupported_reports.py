"""Known but unsupported reports: ``include/not_read.yaml`` names the export to use instead."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import Field, ValidationError

from shopwatch.catalog.headers import plain
from shopwatch.core.declaration import Declaration
from shopwatch.core.i18n import Title
from shopwatch.core.reasons import RejectedError
from shopwatch.core.settings import PROJECT
from shopwatch.core.strict_yaml import declaration_error, read_yaml


class NotRead(Declaration):
    """Unsupported report, matched by all headers of ``recognise``. ``instead``: the reason, and the export to use."""

    title: Title
    recognise: Annotated[tuple[str, ...], Field(min_length=2)]
    instead: Title

    def refusal(self) -> RejectedError:
        return RejectedError("not_read", title=self.title.model_dump(), instead=self.instead.model_dump())


class _Reports(Declaration):
    reports: tuple[NotRead, ...]


def report_not_read(headers: set[str]) -> NotRead | None:
    """Unsupported report that matches a row of `plain` headers, or None.

    Raises DeclarationError for an invalid not_read.yaml.
    """
    return next((report for report in _reports() if headers.issuperset(map(plain, report.recognise))), None)


@lru_cache(maxsize=1)
def _reports() -> tuple[NotRead, ...]:
    path = PROJECT / "include" / "not_read.yaml"
    try:
        return _Reports.model_validate(read_yaml(path)).reports
    except ValidationError as error:
        raise declaration_error(path, error, _Reports) from error
