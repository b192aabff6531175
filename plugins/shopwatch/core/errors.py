"""The errors that the library raises on purpose, one tree."""

from __future__ import annotations


class ShopwatchError(Exception):
    """Anything that a person can mend; the message says what happened, where, and what to do."""


class DeclarationError(ShopwatchError, ValueError):
    """A contract, rule, model or other declaration that cannot be used: names file, line and key."""


class StateError(ShopwatchError, RuntimeError):
    """State on the disk that a person has to mend first."""


class TextError(ShopwatchError, ValueError):
    """A text file lacks a text or a language."""
