"""Text files: encoding, first lines, and their bytes as UTF-8."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pyarrow

from shopwatch.exports.containers import Content, RejectedError

HEAD = 1 << 17
CHUNK = 1 << 20
LONGEST_LINE = 2_000_000  # bytes; what DuckDB takes
DELIMITERS = (",", "\t", ";", "|")
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
MARKUP = re.compile(r"\s*(<(!doctype|!--|\?xml|html|head|meta|style|table|div|body|workbook)|mime-version:)", re.I)

Top = list[tuple[int, list[str]]]


def likely_encoding(head: bytes) -> str:
    """The encoding that the first bytes allow: by byte order mark, else UTF-8, else GB18030.

    UTF-16 without a mark is known by its zero bytes: read in the right order they vanish, and lines appear.
    """
    marked = next((encoding for mark, encoding in BOMS.items() if head.startswith(mark)), None)
    if marked:
        return marked
    if head.count(0) * 16 > len(head):
        for encoding in ("utf-16-le", "utf-16-be"):
            text = _decoded(head, encoding)
            if "\n" in text and not {"\0", "\ufffd"} & set(text):
                return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def tops(content: Content, lines: int) -> Iterator[tuple[str, Top]]:
    """For each delimiter the first records: the line on which a record ends, counted from 1, and its cells.

    Raises RejectedError for markup that is named as if it were a table.
    """
    with content.open() as file:
        head = file.read(HEAD)
    text = _decoded(head, likely_encoding(head)).removeprefix("\ufeff")
    if MARKUP.match(text):
        raise RejectedError("web_page")
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        records: list[tuple[int, list[str]]] = []
        try:
            for record in reader:
                records.append((reader.line_num, record))
                if reader.line_num >= lines:
                    break
        except csv.Error:
            pass  # what was read before the fault may still hold the header
        yield delimiter, records


def _decoded(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)


def as_utf8(content: Content, encoding: str, *, one_line_end: bool) -> Iterator[bytes]:
    """The text in UTF-8, in chunks that end with a line.

    ``one_line_end``: each line ends in LF. Raises UnicodeDecodeError where the bytes are of another
    encoding, RejectedError where a line does not end.
    """
    recode = _recoder(encoding, one_line_end=one_line_end)
    kept = b""
    with content.open() as file:
        for chunk in iter(partial(file.read, CHUNK), b""):
            recoded = recode(chunk, False)
            end = recoded.rfind(b"\n") + 1
            if end:
                whole = kept + recoded[:end] if kept else recoded[:end]
                _check_utf8(whole)
                yield whole
                kept = b""
            kept += recoded[end:]
            if len(kept) > LONGEST_LINE:
                raise RejectedError("endless_line", bytes=LONGEST_LINE)
        kept += recode(b"", True)
    if kept:
        _check_utf8(kept)
        yield kept


def _recoder(encoding: str, *, one_line_end: bool) -> Callable[[bytes, bool], bytes]:
    """What turns a chunk (and whether it is the last) into UTF-8; what is UTF-8 stays as it is."""
    if encoding == "utf-8" and not one_line_end:
        return lambda chunk, _last: chunk
    decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder(encoding)()
    if one_line_end:
        decoder = io.IncrementalNewlineDecoder(decoder, translate=True)  # type: ignore[assignment]
    return lambda chunk, last: decoder.decode(chunk, last).encode()


def _check_utf8(text: bytes) -> None:
    """Raises UnicodeDecodeError. Arrow looks through it five times as fast as decoding does."""
    ends = pyarrow.array([0, len(text)], pyarrow.int32()).buffers()[1]
    try:
        pyarrow.StringArray.from_buffers(1, ends, pyarrow.py_buffer(text)).validate(full=True)
    except pyarrow.ArrowInvalid:
        text.decode()


def without_head(chunks: Iterable[bytes], lines: int) -> Iterator[bytes]:
    """The same text, its first lines made blank; their ends stay, so that all lines of a file end alike."""
    for chunk in chunks:
        while lines and chunk:
            line, end, chunk = chunk.partition(b"\n")
            lines -= len(end)
            yield b"\r\n" if end and line.endswith(b"\r") else b"\n"
        if chunk:
            yield chunk
