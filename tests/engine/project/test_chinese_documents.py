"""Each Chinese document matches its English one: headings, code, links."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

PROJECT = Path(__file__).resolve().parents[3]
COOKBOOKS = PROJECT / "docs" / "cookbooks"
ENGLISH = [
    PROJECT / "README.md",
    PROJECT / "docs" / "install.md",
    PROJECT / "docs" / "analysts.md",
    *sorted(path for path in COOKBOOKS.glob("*.md") if not path.name.endswith(".zh.md")),
]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
COMMENT = re.compile(r"\s+# .*$", re.MULTILINE)

each_pair = pytest.mark.parametrize("english", ENGLISH, ids=lambda path: path.name)


def chinese_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}.zh{path.suffix}")


def prose(path: Path) -> str:
    return FENCE.sub("", path.read_text("utf-8"))


def headings(path: Path) -> list[tuple[str, str]]:
    return HEADING.findall(prose(path))


def code_blocks(path: Path) -> list[tuple[str, str]]:
    """The fenced blocks; a comment may be in the document's language."""
    return [(language, COMMENT.sub("", body)) for language, body in FENCE.findall(path.read_text("utf-8"))]


def anchor_of(title: str) -> str:
    """GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def target_of(document: Path, link: str) -> tuple[str, str | int]:
    """What a link leads to, the same in both languages: the English file if it is a pair's, and a heading's number."""
    address, _, anchor = unquote(link).partition("#")
    if "://" in address:
        return link, ""
    path = (document.parent / address).resolve() if address else document
    english = path.with_name(path.name.replace(".zh.", "."))
    if not anchor:
        return str(english if english.exists() else path), ""
    anchors = [anchor_of(title) for _, title in headings(path)]
    assert anchor in anchors, f"{document.name}: {path.name} has no heading for #{anchor}"
    return str(english if english.exists() else path), anchors.index(anchor)


def links(path: Path, other: Path) -> list[tuple[str, str | int]]:
    """The links of a document but that to its other language, sorted: a sentence may turn their order round."""
    found = [link for link in LINK.findall(prose(path)) if (path.parent / link).resolve() != other]
    return sorted((target_of(path, link) for link in found), key=str)


@each_pair
def test_every_document_for_users_has_a_chinese_one_and_both_name_each_other(english: Path) -> None:
    chinese = chinese_of(english)
    assert chinese.exists(), f"write {chinese.relative_to(PROJECT)}"
    assert f"[中文]({chinese.name})" in english.read_text("utf-8").split("\n## ")[0]
    assert f"[English]({english.name})" in chinese.read_text("utf-8").split("\n## ")[0]


def test_no_chinese_cookbook_is_left_behind() -> None:
    assert set(COOKBOOKS.glob("*.zh.md")) == {chinese_of(path) for path in ENGLISH[3:]}


@each_pair
def test_headings_are_in_step(english: Path) -> None:
    levels = [level for level, _ in headings(english)]
    assert [level for level, _ in headings(chinese_of(english))] == levels


@each_pair
def test_code_is_the_same(english: Path) -> None:
    assert code_blocks(chinese_of(english)) == code_blocks(english)


@each_pair
def test_keys_names_and_messages_in_backticks_are_the_same(english: Path) -> None:
    def quoted(path: Path) -> set[str]:
        return set(CODE.findall(prose(path)))

    assert quoted(chinese_of(english)) == quoted(english)


@each_pair
def test_links_lead_to_the_same_places(english: Path) -> None:
    chinese = chinese_of(english)
    assert links(chinese, english) == links(english, chinese)


@each_pair
def test_a_chinese_document_links_to_chinese_ones(english: Path) -> None:
    chinese = chinese_of(english)
    paths = [(chinese.parent / unquote(link).partition("#")[0]) for link in LINK.findall(prose(chinese))]
    others = [path.resolve() for path in paths if path.is_file() and path.resolve() != english]
    assert [path.name for path in others if path.suffix in (".md", ".png") and chinese_of(path).exists()] == []
