"""Reports that are known and not read: ``include/not_read.yaml`` says what to export in their place."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shopwatch.catalog.headers import plain
from shopwatch.core.i18n import Title
from shopwatch.core.reasons import RejectedError
from shopwatch.core.settings import PROJECT
from shopwatch.core.strict_yaml import explain, read_yaml


class NotRead(BaseModel):
    """A report that is refused by its headers, all of ``recognise``. ``instead``: why, and what to export."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    recognise: Annotated[tuple[str, ...], Field(min_length=2)]
    instead: Title

    def refusal(self) -> RejectedError:
        return RejectedError("not_read", title=self.title.model_dump(), instead=self.instead.model_dump())


class _Reports(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reports: tuple[NotRead, ...]


def report_not_read(headers: set[str]) -> NotRead | None:
    """The report that a row of headers, made `plain`, shows. Raises DeclarationError where not_read.yaml is wrong."""
    return next((report for report in _reports() if headers.issuperset(map(plain, report.recognise))), None)


@lru_cache(maxsize=1)
def _reports() -> tuple[NotRead, ...]:
    path = PROJECT / "include" / "not_read.yaml"
    try:
        return _Reports.model_validate(read_yaml(path)).reports
    except ValidationError as error:
        raise explain(path, error, _Reports) from error
