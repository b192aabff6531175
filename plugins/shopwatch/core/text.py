"""Text from files and declarations, made fit to stand in a line of our own."""

from __future__ import annotations

import unicodedata

LONGEST_SENTENCE = 240
JOINER = "\u200d"  # holds composed emoji together


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
