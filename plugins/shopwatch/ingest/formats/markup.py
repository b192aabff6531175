"""Text of an HTML or XML file in any known encoding."""

from __future__ import annotations

import codecs
import re

from shopwatch.ingest.formats.biff import WorkbookError

MOST_BYTES = 256 << 20  # a million lines of ten cells, with their tags
HEAD = 1 << 12
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
STATED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]+)""", re.I)
PARTS_OF_GB18030 = {"gb2312", "gb_2312-80", "gbk", "cp936", "x-gbk"}


def text_of(data: bytes) -> str:
    """Decode the whole file. Valid UTF-8 takes precedence, because pages often declare a wrong encoding.

    Raises WorkbookError if it is too large or no known encoding fits.
    """
    if len(data) > MOST_BYTES:
        raise WorkbookError("large_workbook", megabytes=MOST_BYTES >> 20)
    for encoding in _encodings(data[:HEAD]):
        try:
            return data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    raise WorkbookError("wrong_encoding", encodings=["UTF-8", "GB18030"])


def _encodings(head: bytes) -> list[str]:
    """Candidate encodings, most likely first."""
    marked = [encoding for mark, encoding in BOMS.items() if head.startswith(mark)]
    if marked:
        return marked
    if head.count(0) * 16 > len(head):
        return ["utf-16-be" if head.startswith(b"\0") else "utf-16-le"]
    found = STATED.search(head)
    stated = found[1].decode().lower() if found else "gb18030"
    return ["utf-8", "gb18030" if stated in PARTS_OF_GB18030 else stated, "gb18030"]
