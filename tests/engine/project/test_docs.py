"""What the documents say exists: links, paths, targets, variables, commands, dependencies, queries."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest
from pydantic import AliasChoices
from typer.main import get_command

from cookbooks import TO_BE_MADE, block_of
from shopwatch.catalog.metrics import MetricHead
from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import read_variants
from shopwatch.pipeline import publish_night
from shopwatch.warehouse.models import tables_read
from warehouses import EMPTY_NIGHT

PROJECT = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
EXPORTS = PROJECT / "docs" / "exports.md"
NAMES = [str(path.relative_to(PROJECT)) for path in DOCUMENTS]

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
FOLDERS = ("bin/", "dags/", "docker/", "docs/", "include/", "plugins/", "scripts/", "tests/")
# Variables of others: the Makefile's and Airflow's, and the one that a cookbook adds.
NOT_SETTINGS = {"PART", "INBOX", "PORT", "ARGS", "PYTHON", "PWD", "SHOPWATCH_WEBHOOK_URL"}

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def prose(path: Path) -> str:
    """A document without its fenced blocks."""
    return FENCE.sub("", text_of(path))


def blocks(path: Path, *languages: str) -> list[str]:
    """The fenced blocks of a document in one of the languages."""
    return [body for language, body in FENCE.findall(text_of(path)) if language in languages]


@each_document
def test_links_and_images_lead_somewhere(path: Path) -> None:
    missing = [link for link in LINK.findall(text_of(path)) if not (path.parent / unquote(link)).exists()]
    assert not missing


@each_document
def test_paths_in_backticks_exist(path: Path) -> None:
    said = {word for word in CODE.findall(prose(path)) if word.startswith(FOLDERS) and re.fullmatch(r"[\w./-]+", word)}
    missing = {word for word in said if not (PROJECT / word).exists()}
    assert missing <= TO_BE_MADE


@each_document
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(PROJECT / "Makefile"), re.MULTILINE))
    shell = [line.split("#")[0] for block in blocks(path, "sh") for line in block.splitlines()]
    said = re.findall(r"\bmake ([a-z-]+)", "\n".join([*shell, *CODE.findall(prose(path))]))
    assert set(said) <= targets


@cache
def known_commands() -> dict[str, Any]:
    return get_command(app).commands


@each_document
def test_commands_of_the_command_line_exist(path: Path) -> None:
    commands = re.findall(r"bin/shopwatch (?:--quiet )?([a-z]+(?:-[a-z]+)*)", text_of(path))
    assert set(commands) <= known_commands().keys()


@each_document
def test_options_of_the_command_line_exist(path: Path) -> None:
    joined = text_of(path).replace("\\\n", " ")
    lines = re.findall(r"bin/shopwatch (?:--quiet )?([a-z]+(?:-[a-z]+)*)((?: [^\s|#`]+)*)", joined)
    for name, rest in lines:
        command = known_commands()[name]
        for part in getattr(command, "commands", {}).keys() & set(rest.split()):
            command = command.commands[part]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, name


def known_variables() -> set[str]:
    names = set()
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [f"SHOPWATCH_{name.upper()}"]
        names |= {str(choice) for choice in choices}
    return names


@each_document
def test_environment_variables_are_known(path: Path) -> None:
    compose = "".join(text_of(PROJECT / name) for name in ("docker-compose.yaml", ".env.example"))
    said = set(re.findall(r"\b(?:SHOPWATCH|SMTP)_[A-Z_]+\b|\b[A-Z]+(?==[^=\s])", text_of(path)))
    unknown = said - known_variables() - NOT_SETTINGS
    assert not {name for name in unknown if name not in compose}


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_each_folder_of_the_home_is_in_the_readme(name: str) -> None:
    readme = (PROJECT / name).read_text("utf-8")
    home = Path("/home")
    settings = Settings(home=home, inbox_address="elsewhere")
    paths = [getattr(settings, one) for one, kind in vars(Settings).items() if isinstance(kind, property)]
    folders = {one.relative_to(home).parts[0] for one in paths if isinstance(one, Path) and one.is_relative_to(home)}
    assert len(folders) > 8
    assert {folder for folder in folders if f"`{folder}/" not in readme} == set()


def test_each_setting_is_in_the_readme() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", text_of(PROJECT / "README.md"), re.MULTILINE)
    said = {name.removeprefix("SHOPWATCH_").lower() for name in table}
    aliases = {"inbox": "inbox_address"}
    assert {aliases.get(name, name) for name in said} == set(Settings.model_fields)


@pytest.mark.parametrize("name", ["requirements.in", "requirements-lake.in", "requirements-dev.in"])
def test_each_dependency_has_its_reason(name: str) -> None:
    direct = set(re.findall(r"^([a-z][\w-]*)", text_of(PROJECT / name), re.MULTILINE))
    decision = text_of(PROJECT / "docs" / "decisions" / "0002-airflow-3-and-full-lock.md")
    section = decision.split(f"## Why each: {name}")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)) == direct


def test_decisions_are_numbered_one_by_one() -> None:
    names = sorted(path.name for path in (PROJECT / "docs" / "decisions").glob("*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


@pytest.fixture(scope="module")
def warehouse(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The published warehouse of a home without any file: all tables, no rows."""
    settings = Settings(home=shutil.copytree(empty_home, tmp_path_factory.mktemp("docs") / "home"))
    return duckdb.connect(publish_night(settings, EMPTY_NIGHT), read_only=True)


def queries() -> list[tuple[str, str]]:
    found = []
    for path, name in zip(DOCUMENTS, NAMES, strict=True):
        statements = [part for block in blocks(path, "sql") if not block.startswith("/*") for part in block.split(";")]
        shell = "\n".join(blocks(path, "sh"))
        statements += re.findall(r'duckdb -readonly \S+ "([^"]+)"', shell)
        found += [(name, statement.strip()) for statement in statements if statement.strip()]
    return found


@pytest.mark.parametrize(("name", "query"), queries(), ids=lambda value: value[:40])
def test_queries_fit_the_warehouse(warehouse: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    warehouse.execute(f"explain {query}")


@pytest.mark.parametrize("name", ["add-a-kpi.md", "add-a-rule.md"])
def test_the_metrics_of_the_cookbooks_are_some(name: str, tmp_path: Path) -> None:
    path = tmp_path / "one.sql"
    path.write_text(block_of(name, "sql", "/*"), "utf-8")
    ((head, sql),) = read_variants(path, MetricHead).values()
    assert head.inputs
    assert tables_read(sql)


def test_the_tests_of_the_security_review_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (PROJECT / "docs" / "security.md").read_text("utf-8"))
    assert len(named) > 15
    assert [one for one in named if f"def {one[1]}(" not in (PROJECT / one[0]).read_text("utf-8")] == []
