"""Text from files and declarations, cleaned for use within a line of output."""

from __future__ import annotations

import unicodedata

LONGEST_SENTENCE = 240
DOT = " · "
"""Between the facts on a line."""
JOINER = "\u200d"  # holds composed emoji together
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {ord(" "): 0x3000}
HALF_WIDTH = {full: half for half, full in FULL_WIDTH.items()}


def widths(text: str) -> list[str]:
    """The text as it is, in half-width and in full-width letters, each once: a Chinese keyboard writes either."""
    return list(dict.fromkeys((text, text.translate(HALF_WIDTH), text.translate(FULL_WIDTH))))


def opening(text: str) -> str:
    """A text at the beginning of a sentence: those of rules and metrics are written for use within one."""
    text = clean(text)
    return text[:1].upper() + text[1:]


def visible(text: str) -> str:
    """The text with control characters, and those that reverse or hide text, written out: ``\\x1b``, ``\\u202e``."""
    return "".join(
        one.encode("unicode_escape").decode()
        if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") and one != JOINER
        else one
        for one in text
    )


def clean(text: str, longest: int = LONGEST_SENTENCE) -> str:
    """The text on one line, cut to ``longest`` characters, without characters that reverse or hide text around them."""
    kept: list[str] = []
    for character in text[: longest * 4]:
        match unicodedata.category(character):
            case "Cc" | "Zl" | "Zp":
                kept.append(" ")
            case "Cs":
                kept.append("\ufffd")
            case "Cf" if character != JOINER:
                pass
            case _:
                kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
