"""Exception tree of the library."""

from __future__ import annotations


class ShopwatchError(Exception):
    """Error that a person can fix; the message states what happened, where, and what to do."""


class DeclarationError(ShopwatchError, ValueError):
    """Invalid contract, rule, model or other declaration; the message names file, line and key."""


class StateError(ShopwatchError, RuntimeError):
    """State on disk that needs manual repair first."""


class TextError(ShopwatchError, ValueError):
    """Missing text or language in a text file."""
