"""Container detection by bytes, never by name: text, workbook, web page with tables, or an archive of one file."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shopwatch.core.reasons import RejectedError as RejectedError
from shopwatch.core.text import visible

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
OLD_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")
"""Signatures of standalone workbooks outside an OLE file: Excel 2, 3 and 4."""
PDF = b"%PDF"
PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
ARCHIVES = {b"Rar!": "rar", b"7z\xbc\xaf\x27\x1c": "7z", b"\x1f\x8b": "gz"}
HEAD = 1 << 12
XML_WORKBOOK = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*<(?:\w+:)?workbook\b", re.I | re.S)
PAGE = re.compile(
    rb"\s*<(?:!doctype|!--|\?xml|!\[if|(?:html|head|meta|title|base|link|style|script|body|table|thead|tbody|tr|div|span"
    rb"|p|h[1-6]|b|br|center|font|form|xml)\b)",
    re.I,
)
WEB_ARCHIVE = re.compile(rb"\s*mime-version:", re.I)
MOST_UNPACKED = 4 << 30  # bytes; several times the largest export that a shop can download
MOST_RATIO = 200  # csv compresses 5 to 30 times, a sheet up to 100 times, a zip bomb 1,000 times
RATIO_COUNTS_FROM = 64 << 20  # bytes; smaller archives are harmless
LONGEST_DIRECTORY = 1 << 20  # bytes; about 10,000 members; an export has one, a workbook some dozens
MOST_WORKBOOK = 1 << 30  # bytes; a workbook is held in memory as a whole


@dataclass(frozen=True)
class Content:
    """Bytes of a file, or of the archive member with this number. ``container``: text, xls, xlsx, html or xml."""

    path: Path
    container: str
    member: int | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the bytes for reading. Raises RejectedError if the enclosing archive is damaged."""
        if self.member is None:
            with self.path.open("rb") as file:
                yield file
        else:
            with opened(self.path) as archive, part_of(archive, archive.infolist()[self.member]) as file:
                yield file

    def whole(self) -> bytes:
        """All bytes of a workbook. Raises RejectedError if it is too large for memory."""
        with self.open() as file:
            content = file.read(MOST_WORKBOOK + 1)
        if len(content) > MOST_WORKBOOK:
            raise RejectedError("large_workbook", megabytes=MOST_WORKBOOK >> 20)
        return content


def content_of(path: Path) -> Content:
    """Readable content of a file. Raises RejectedError unless it is a table, or a safe archive of exactly one."""
    with path.open("rb") as start:
        magic = start.read(HEAD)
    if not magic.startswith(ZIP):
        return Content(path, container_of(magic))
    with opened(path) as archive:
        if is_workbook(archive):
            return Content(path, "xlsx")
        if program := _program_of(archive):
            raise RejectedError("other_workbook", program=program)
        numbers = _members(archive)
        if len(numbers) != 1:
            raise RejectedError("zip_files", files=len(numbers))
        with part_of(archive, archive.infolist()[numbers[0]]) as member:
            magic = member.read(HEAD)
        if not magic.startswith(ZIP):
            return Content(path, container_of(magic), numbers[0])
        inner = Content(path, "xlsx", numbers[0])
    with inner.open() as file, opened(file) as archive:
        if not is_workbook(archive):
            raise RejectedError("zip_in_zip")
    return inner


def container_of(magic: bytes) -> str:
    """``text``, ``xls``, ``html`` or ``xml``, by the first bytes. Raises RejectedError for anything but a table."""
    if magic.startswith(PDF):
        raise RejectedError("pdf")
    if magic.startswith(OLD_EXCEL):
        raise RejectedError("old_workbook")
    if magic.startswith(PICTURES):
        raise RejectedError("picture")
    for start, kind in ARCHIVES.items():
        if magic.startswith(start):
            raise RejectedError("archive", kind=kind)
    if magic.startswith(OLE):
        return "xls"
    ascii_only = magic.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")  # tags are ASCII in UTF-16, too
    if WEB_ARCHIVE.match(ascii_only):
        raise RejectedError("web_page")
    return "xml" if XML_WORKBOOK.match(ascii_only) else "html" if PAGE.match(ascii_only) else "text"


def members(path: Path) -> list[str]:
    """Names of an archive's files as their owner saw them, without entries added by packing programs."""
    with opened(path) as archive:
        return [_name(archive.infolist()[number]) for number in _members(archive)]


@contextmanager
def opened(file: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open an archive within bounds of time and memory. Raises RejectedError: too large, locked or damaged."""
    try:
        if isinstance(file, Path):
            with file.open("rb") as content, opened(content) as archive:
                yield archive
            return
        _reject_long_directory(file)
        with _directory(file) as archive:
            _reject_unsafe(archive)
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise RejectedError("broken_zip", error=str(error)) from error


def _directory(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except (ValueError, OverflowError, struct.error) as error:  # including undecodable names
        raise zipfile.BadZipFile(str(error)) from error
    if any(member.header_offset < 0 for member in archive.infolist()):
        raise zipfile.BadZipFile("its directory points before its start")
    return archive


def part_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    """Open a member for reading. Raises BadZipFile, which ``opened`` converts to a rejection."""
    try:
        return archive.open(member)
    except ValueError as error:  # its name, repeated in the local header, cannot be decoded
        raise zipfile.BadZipFile(str(error)) from error


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """True if the archive is an .xlsx; some programs write Windows paths."""
    return any(name.startswith(("xl/", "xl\\")) for name in archive.namelist())


def _program_of(archive: zipfile.ZipFile) -> str | None:
    """Program whose spreadsheet this is, of those that cannot be read; a spreadsheet is an archive of many files."""
    names = set(archive.namelist())
    if {"mimetype", "content.xml"} <= names:
        return "OpenDocument (LibreOffice)"
    return "Apple Numbers" if any(name.startswith("Index/") and name.endswith(".iwa") for name in names) else None


def _members(archive: zipfile.ZipFile) -> list[int]:
    return [
        number
        for number, member in enumerate(archive.infolist())
        if not member.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in member.filename.split("/"))
    ]


def _name(member: zipfile.ZipInfo) -> str:
    """Decode a member's name. Without the UTF-8 flag zipfile assumes cp437; names from China are GBK."""
    if member.flag_bits & 0x800:
        return member.filename
    return member.filename.encode("cp437", "replace").decode("gb18030", "replace")


def _reject_long_directory(file: IO[bytes]) -> None:
    """Reject a huge central directory, which zipfile reads into memory whole; its length is in the last record."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - 22))
    _, found, record = file.read().rpartition(b"PK\x05\x06")
    file.seek(0)
    length = int.from_bytes(record[8:12], "little")
    if found and length > LONGEST_DIRECTORY:
        raise RejectedError("crowded_zip")


def _reject_unsafe(archive: zipfile.ZipFile) -> None:
    unpacked = sum(member.file_size for member in archive.infolist())
    packed = sum(member.compress_size for member in archive.infolist())
    if unpacked > MOST_UNPACKED or (unpacked > RATIO_COUNTS_FROM and unpacked > MOST_RATIO * packed):
        raise RejectedError("swollen_zip", packed=packed, unpacked=unpacked)
    for member in archive.infolist():
        name = _name(member)
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
            raise RejectedError("zip_points_out", name=visible(name))
        if member.flag_bits & 1:
            raise RejectedError("locked_zip")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RejectedError("rare_zip", name=visible(name))
