"""CSRF protection: proof that a form comes from our page, by a token bound to the user and a browser cookie.

The signed double-submit cookie of OWASP's CSRF prevention cheat sheet: the page carries an HMAC over the user's name
and a random cookie that no other site can read (HttpOnly) or cause to be sent (SameSite=Strict).
"""

from __future__ import annotations

import hmac
import secrets

COOKIE = "shopwatch_form"


def fresh_cookie() -> str:
    """Value of a browser's cookie: 256 random bits."""
    return secrets.token_urlsafe(32)


def token(secret: bytes, user: str, cookie: str) -> str:
    """The token that a form must carry."""
    return hmac.new(secret, f"shopwatch form\0{user}\0{cookie}".encode(), "sha256").hexdigest()


def is_genuine(secret: bytes, user: str, cookie: str | None, sent: str) -> bool:
    """True if a form carries the token issued to this user's browser; compared in constant time."""
    return bool(cookie) and hmac.compare_digest(token(secret, user, cookie or "").encode(), sent.encode())
