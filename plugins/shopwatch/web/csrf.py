"""Proof that a form was sent from a page of ours: a token bound to the user and to a cookie of this browser.

The signed double-submit of OWASP's CSRF prevention cheat sheet: the page carries an HMAC over the user's name and a
random cookie that no other site can read (HttpOnly) or have sent along (SameSite=Strict).
"""

from __future__ import annotations

import hmac
import secrets

COOKIE = "shopwatch_form"


def fresh_cookie() -> str:
    """The value of a browser's cookie: 256 random bits."""
    return secrets.token_urlsafe(32)


def token(secret: bytes, user: str, cookie: str) -> str:
    """What a form must carry."""
    return hmac.new(secret, f"shopwatch form\0{user}\0{cookie}".encode(), "sha256").hexdigest()


def is_genuine(secret: bytes, user: str, cookie: str | None, sent: str) -> bool:
    """Whether a form carries the token that this user's browser was given; compared in constant time."""
    return bool(cookie) and hmac.compare_digest(token(secret, user, cookie or "").encode(), sent.encode())
