"""Meaning of order amounts in a contract."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from shopwatch.core.declaration import Declaration

HERE = "here"


class Money(Declaration):
    """Meaning of an export's amounts, in the terms of docs/exports.md.

    ``paid``: paid amount before (gross) or after (net_of_refunds) refunds. ``tax``: prices include or exclude tax; they
    exclude it in the currencies of ``tax_added_in``. ``refunds``: ``here`` if the export's own columns report every
    refund, else the exports that report them; empty if no contract reads such an export yet.
    """

    paid: Literal["gross", "net_of_refunds"]
    tax: Literal["included", "added"]
    tax_added_in: tuple[Annotated[str, Field(pattern="^[A-Z]{3}$")], ...] = ()
    refunds: tuple[str, ...]

    @model_validator(mode="before")
    @classmethod
    def _one_export_or_several(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("refunds"), str):
            return {**data, "refunds": (data["refunds"],)}
        return data

    @model_validator(mode="after")
    def _is_consistent(self) -> Money:
        if HERE in self.refunds and len(self.refunds) > 1:
            raise ValueError("`refunds` is `here`, or the names of exports, not both")
        if self.tax_added_in and self.tax == "added":
            raise ValueError("`tax_added_in` names the exceptions from `tax: included`")
        return self

    @property
    def is_refund_here(self) -> bool:
        """True if the export itself reports every refund of its orders."""
        return self.refunds == (HERE,)
