"""Text files: encoding, first records, conversion to UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import chain

import pyarrow

from shopwatch.ingest.formats.containers import Content, RejectedError
from shopwatch.ingest.formats.csv_records import CsvRecord, csv_records

HEAD = 1 << 17
CHUNK = 1 << 20
LONGEST_LINE = 2_000_000  # bytes; DuckDB's limit
DELIMITERS = (", ", "; ", ",", "\t", ";", "|")  # two characters: the delimiter always precedes a blank
ESCAPED = re.compile("[\udc80-\udcff]")
LONE = re.compile(rb"(?<![\x80-\xff])(?!\xa8[C-E])[\x80-\xff](?![\x80-\xff])")  # except the dashes – ― ‥
DOUBLE = re.compile(
    rb"(?<=[a-z])(?:[\xe4\xf6\xfc]\xdf|\xe9\xe9)(?![\x80-\xff])"
)  # Größe, süß, créée: two letters in a row
WESTERN = re.compile(
    rb"(?<![\x80-\xff])[\x80\x85\x8c\x91-\x97\x99\x9c\xa0-\xfe]{1,2}(?![\x80-\xff])"
)  # letters and signs of Windows-1252
KANA = re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x7e\x80-\x96]")  # in Shift JIS
KANJI = re.compile(rb"(?:[\x88-\x9f][\x40-\x7e\x80-\xfc]){2,}")
"""Two kanji or more in Shift JIS. In GB18030 these bytes are rare characters, in Windows-1252 dashes and quotes."""
COMMON = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]")  # the characters of GB 2312, most of Chinese text
CHINESE = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){3}")
END_MARKS = re.compile(rb"(?:(?<![^\n])\0|\x1a)[\0\x1a]*(?:\r?\n)?\Z")
"""Ctrl-Z, which DOS programs write at the end of a text, and NULs below its last line, which pad it to a block."""
NO_ASCII = bytes(range(0x80, 0x100))
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

Top = list[tuple[int, list[str]]]


def _marked(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: a NUL, which no text contains, per undecodable byte; decoding resumes at the next byte."""
    assert isinstance(error, UnicodeDecodeError)
    return "\0", error.start + 1


MARK = "shopwatch.mark"  # name of the codec error handler; decoding continues after an undecodable byte
codecs.register_error(MARK, _marked)


@lru_cache(maxsize=8)
def likely_encoding(head: bytes) -> str:
    """Encoding suggested by the first bytes: byte order mark, else UTF-8 if valid, else the likeliest other one.

    UTF-16 without a mark shows by its zero bytes: decoded in the right byte order, they vanish and lines appear.
    """
    stated = _stated(head)
    if stated:
        return stated
    if head.count(0) * 16 > len(head):
        for encoding in ("utf-16-le", "utf-16-be"):
            text = _decoded(head, encoding)
            if "\n" in text and not {"\0", "\ufffd"} & set(text):
                return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _likelier([head])
    return "utf-8"


def encoding_by_all(content: Content) -> str:
    """The likeliest encoding, from all bytes, for a file with bytes invalid in the one that its first bytes suggest."""
    with content.open() as file:
        head = file.read(HEAD)
        return _stated(head) or _likelier(chain([head], iter(partial(file.read, CHUNK), b"")))


def refuse_mixed(content: Content) -> None:
    """Raise RejectedError if some lines are in UTF-8 and others in GB18030.

    A line counts as UTF-8 if it contains several Chinese characters in UTF-8, which GB18030 text hardly does by chance.
    """
    utf8 = gb = 0
    with content.open() as file:
        for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE), b""), start=1):
            if line.isascii():
                continue
            if _is_text(line, "utf-8"):
                utf8 = utf8 or (number if CHINESE.search(line) else 0)
            elif _is_text(line, "gb18030") and not LONE.search(line):
                gb = gb or number
            if utf8 and gb:
                raise RejectedError("mixed_encodings", utf8=utf8, gb=gb)


def may_be_mixed(content: Content) -> bool:
    """True if a GB18030 file contains bytes that look like Chinese in UTF-8; cheap, and rarely wrong."""
    with content.open() as file:
        return any(CHINESE.search(chunk) for chunk in iter(partial(file.read, CHUNK), b""))


def _is_text(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _stated(head: bytes) -> str | None:
    return next((encoding for mark, encoding in BOMS.items() if head.startswith(mark)), None)


def _likelier(chunks: Iterable[bytes]) -> str:
    """GB18030 if many non-ASCII bytes are invalid UTF-8 and come in pairs, Windows-1252 if nearly all stand alone,
    Shift JIS if many are kana or kanji, else damaged UTF-8. Amazon uses the latter two in Europe and Japan.

    Of Chinese in GB18030, four in five characters are invalid UTF-8, of 浙江 half.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = lone = western = kana = kanji = common = others = 0
    for chunk in chunks:
        text = decoder.decode(chunk)
        escaped = len(ESCAPED.findall(text))
        bad += escaped
        good += len(text) - len(text.encode("ascii", "ignore")) - escaped
        lone += len(LONE.findall(chunk)) + 2 * len(DOUBLE.findall(chunk))
        western += sum(map(len, WESTERN.findall(chunk)))
        kana += len(KANA.findall(chunk))
        kanji += sum(map(len, KANJI.findall(chunk))) // 2
        common += len(COMMON.findall(chunk))
        others += len(chunk) - len(chunk.translate(None, NO_ASCII))
    if (good < kana and bad < 8 * kana) or (good < kanji and others < 3 * kanji and 4 * common < kanji):
        return "cp932"
    if bad > max(good / 4, 2 * lone):
        return "gb18030"
    return "cp1252" if 20 * good < bad and others - western < others / 20 else "utf-8"


def tops(content: Content, lines: int) -> Iterator[tuple[str, Top]]:
    """First records for each delimiter: number of the record's last line, from 1, and its cells."""
    text = _head(content)
    for delimiter in DELIMITERS:
        found: Top = []
        for record in csv_records(io.StringIO(text, newline=None), delimiter):
            cells, first = record.cells, record.lines[0]
            if len(delimiter) > 1 and first.count(delimiter) != first.count(delimiter[0]):
                found.append((record.line + len(record.lines) - 1, []))
            elif cells is None or _is_loose(record, delimiter):
                found.append((record.line, _loose_cells(first, delimiter)))
            else:
                found.append((record.line + len(record.lines) - 1, cells))
            if found[-1][0] >= lines:
                break
        yield delimiter, found


def has_stray_quote(content: Content, delimiter: str, line: int) -> bool:
    """True if the record that starts on the line, among the first records, has misplaced quotes (see `tops`)."""
    records = csv_records(io.StringIO(_head(content), newline=None), delimiter)
    record = next((record for record in records if record.line >= line), None)
    return record is not None and record.line == line and _is_loose(record, delimiter)


def _head(content: Content) -> str:
    with content.open() as file:
        head = file.read(HEAD)
    text = _decoded(head, likely_encoding(head)).removeprefix("\ufeff")
    return text if len(head) == HEAD else re.sub(END_MARKS.pattern.decode(), "", text)


def _is_loose(record: CsvRecord, delimiter: str) -> bool:
    return record.cells is None or record.swallows(delimiter, len(record.cells))


def _loose_cells(line: str, delimiter: str) -> list[str]:
    """Cells of a line with misplaced quotes, without the quotes: enough to recognise a header row."""
    return [cell.replace('"', "") for cell in line.rstrip("\n").split(delimiter)]


def _decoded(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)


def as_utf8(content: Content, encoding: str, *, one_line_end: bool, errors: str = "strict") -> Iterator[bytes]:
    """Convert to UTF-8 without byte order mark, in chunks that end with a line (at CR if no LF comes).

    ``one_line_end``: convert all line ends to LF. ``errors``: codec error handler.
    The last chunk lacks `END_MARKS`. Raises UnicodeDecodeError with "strict", RejectedError for an endless line.
    """
    held = b""
    for chunk in _whole_lines(content, encoding, errors, one_line_end=one_line_end):
        if held:
            yield held
        held = chunk
    marks = END_MARKS.search(held) if errors == "strict" else re.search(rb"\x1a+(?:\r?\n)?\Z", held)
    if held := held[: marks.start()] if marks else held:
        yield held


def _whole_lines(content: Content, encoding: str, errors: str, *, one_line_end: bool) -> Iterator[bytes]:
    stays = encoding == "utf-8" and errors == "strict" and not one_line_end
    recode = (lambda chunk, _last: chunk) if stays else _recoder(encoding, errors, one_line_end=one_line_end)
    validated = _validated if stays else bytes
    kept, mark = b"", codecs.BOM_UTF8
    with content.open() as file:
        for chunk in iter(partial(file.read, CHUNK), b""):
            recoded = recode(chunk, False).removeprefix(mark)
            mark = b""
            end = recoded.rfind(b"\n") + 1
            if end:
                whole = kept + recoded[:end] if kept else recoded[:end]
                yield validated(whole)
                kept = b""
            kept += recoded[end:]
            if len(kept) > LONGEST_LINE:
                end = 0 if one_line_end else kept.rfind(b"\r") + 1
                if not end:
                    raise RejectedError("endless_line", bytes=LONGEST_LINE)
                yield validated(kept[:end])
                kept = kept[end:]
        kept += recode(b"", True)
    if kept:
        yield validated(kept)


def ends_in_marks(content: Content) -> bool:
    """True if an unzipped file in UTF-8 may end in `END_MARKS`."""
    with content.open() as file:
        file.seek(-min(3, content.path.stat().st_size), io.SEEK_END)
        return bool(set(file.read()) & {0, 0x1A})


def _recoder(encoding: str, errors: str, *, one_line_end: bool) -> Callable[[bytes, bool], bytes]:
    """Converter to UTF-8; it takes a chunk and whether it is the last one."""
    decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder(encoding)(errors)
    if one_line_end:
        decoder = io.IncrementalNewlineDecoder(decoder, translate=True)  # type: ignore[assignment]
    return lambda chunk, last: decoder.decode(chunk, last).encode()


def _validated(text: bytes) -> bytes:
    """Return valid UTF-8 unchanged. Raises UnicodeDecodeError. Arrow validates five times as fast as decoding."""
    ends = pyarrow.array([0, len(text)], pyarrow.int32()).buffers()[1]
    try:
        pyarrow.StringArray.from_buffers(1, ends, pyarrow.py_buffer(text)).validate(full=True)
    except pyarrow.ArrowInvalid:
        text.decode()
    return text
