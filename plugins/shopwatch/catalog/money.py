"""The meaning of the amounts of orders, as a contract declares it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

HERE = "here"


class Money(BaseModel):
    """The meaning of an export's amounts, in the words of docs/exports.md.

    ``paid``: whether refunds are already taken off the paid amount. ``tax``: whether prices include it; in the
    currencies of ``tax_added_in`` they do not. ``refunds``: ``here`` if this export's own columns report every refund,
    else the exports that report them; none where no contract reads such an export yet.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

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
        """Whether the export itself reports every refund of its orders."""
        return self.refunds == (HERE,)
