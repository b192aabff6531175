"""What a file is, told by its bytes and never by its name: text, a workbook, or an archive that holds one of them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shopwatch.exports.reasons import RejectedError as RejectedError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
NO_TABLE = {
    b"%PDF": "a PDF: download the report as csv or Excel",
    b"Rar!": "a rar archive: unpack it and drop the files",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it and drop the files",
    b"\x1f\x8b": "a gz archive: unpack it and drop the file",
    b"\x89PNG": "a picture: download the report as csv or Excel",
    b"\xff\xd8\xff": "a picture: download the report as csv or Excel",
}
MOST_UNPACKED = 4 << 30  # bytes; several times the largest export that a shop can download
MOST_RATIO = 200  # csv packs 5 to 30 times, a sheet up to 100 times, a bomb 1,000 times
RATIO_COUNTS_FROM = 64 << 20  # bytes; what is smaller harms nobody
LONGEST_DIRECTORY = 1 << 20  # bytes; about 10,000 members, of which an export has one and a workbook some dozens
MOST_WORKBOOK = 1 << 30  # bytes; a workbook is held in memory whole


@dataclass(frozen=True)
class Content:
    """The bytes of a file, or of the member of an archive (its number). ``container``: text, xls or xlsx."""

    path: Path
    container: str
    member: int | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes from their start. RejectedError where the archive that they lie in is damaged."""
        if self.member is None:
            with self.path.open("rb") as file:
                yield file
        else:
            with opened(self.path) as archive, part_of(archive, archive.infolist()[self.member]) as file:
                yield file

    def whole(self) -> bytes:
        """All bytes of a workbook. RejectedError where they are too many to be held."""
        with self.open() as file:
            content = file.read(MOST_WORKBOOK + 1)
        if len(content) > MOST_WORKBOOK:
            raise RejectedError(f"a workbook of more than {MOST_WORKBOOK >> 20} MB: download it as csv")
        return content


def content_of(path: Path) -> Content:
    """What is to be read of a file. Raises RejectedError for what is no table, or no safe archive with one file."""
    with path.open("rb") as start:
        magic = start.read(8)
    if not magic.startswith(ZIP):
        return Content(path, container_of(magic))
    with opened(path) as archive:
        if is_workbook(archive):
            return Content(path, "xlsx")
        numbers = _members(archive)
        if len(numbers) != 1:
            raise RejectedError(f"an archive of {len(numbers)} files: unpack it and drop the files")
        with part_of(archive, archive.infolist()[numbers[0]]) as member:
            magic = member.read(8)
        if not magic.startswith(ZIP):
            return Content(path, container_of(magic), numbers[0])
        inner = Content(path, "xlsx", numbers[0])
    with inner.open() as file, opened(file) as archive:
        if not is_workbook(archive):
            raise RejectedError("an archive in an archive: unpack it and drop the files")
    return inner


def container_of(magic: bytes) -> str:
    """``text`` or ``xls``, by the first bytes. Raises RejectedError for what is known to be no table."""
    for start, why in NO_TABLE.items():
        if magic.startswith(start):
            raise RejectedError(why)
    return "xls" if magic.startswith(OLE) else "text"


def members(path: Path) -> list[str]:
    """The names of an archive's files, as their owner saw them; without what packing programs add."""
    with opened(path) as archive:
        return [_name(archive.infolist()[number]) for number in _members(archive)]


@contextmanager
def opened(file: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """An archive that can be read in bounded time and memory. RejectedError: too large, locked or damaged."""
    try:
        if isinstance(file, Path):
            with file.open("rb") as content, opened(content) as archive:
                yield archive
            return
        _refuse_long_directory(file)
        with _directory(file) as archive:
            _refuse_unsafe(archive)
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise RejectedError(f"the zip archive is damaged ({error}): download it again") from error


def _directory(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except (ValueError, OverflowError, struct.error) as error:  # among them names that are no text
        raise zipfile.BadZipFile(str(error)) from error
    if any(member.header_offset < 0 for member in archive.infolist()):
        raise zipfile.BadZipFile("its directory points before its start")
    return archive


def part_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    """The bytes of a member. Raises BadZipFile, which ``opened`` turns into a reason."""
    try:
        return archive.open(member)
    except ValueError as error:  # its name, told again before its bytes, is no text
        raise zipfile.BadZipFile(str(error)) from error


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether the archive is an .xlsx."""
    return any(name.startswith("xl/") for name in archive.namelist())


def _members(archive: zipfile.ZipFile) -> list[int]:
    return [
        number
        for number, member in enumerate(archive.infolist())
        if not member.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in member.filename.split("/"))
    ]


def _name(member: zipfile.ZipInfo) -> str:
    """Without the UTF-8 flag the library takes names for cp437; from China they are GBK."""
    if member.flag_bits & 0x800:
        return member.filename
    return member.filename.encode("cp437", "replace").decode("gb18030", "replace")


def _refuse_long_directory(file: IO[bytes]) -> None:
    """The library reads an archive's whole directory into memory; its length stands in the last record."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - 22))
    _, found, record = file.read().rpartition(b"PK\x05\x06")
    file.seek(0)
    length = int.from_bytes(record[8:12], "little")
    if found and length > LONGEST_DIRECTORY:
        raise RejectedError("an archive of thousands of files: unpack it and drop the files")


def _refuse_unsafe(archive: zipfile.ZipFile) -> None:
    unpacked = sum(member.file_size for member in archive.infolist())
    packed = sum(member.compress_size for member in archive.infolist())
    if unpacked > MOST_UNPACKED or (unpacked > RATIO_COUNTS_FROM and unpacked > MOST_RATIO * packed):
        raise RejectedError(
            f"an archive of {packed:,} bytes that says it holds {unpacked:,}: unpack it and drop the files"
        )
    for member in archive.infolist():
        name = _name(member)
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
            raise RejectedError(f"an archive whose file {name} points out of it: unpack it and drop the files")
        if member.flag_bits & 1:
            raise RejectedError("an archive with a password: unpack it and drop the files")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RejectedError(f"{name} is packed in a rare way: unpack it and drop the files")
