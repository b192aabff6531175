"""docker-compose.yaml without Docker: its form, its variables, its secrets, its commands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import AliasChoices

from shopwatch.core.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]
COMPOSE = (PROJECT / "docker-compose.yaml").read_text()
SCRIPTS = sorted((PROJECT / "docker").glob("*.sh"))

# ${NAME}, ${NAME:-default}, ${NAME:?message}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")
SECRET = re.compile(r"PASSWORD|SECRET|KEY")
# What the images of others document, as far as it is used here.
IMAGE_VARIABLES = {
    "postgres": {"POSTGRES_USER", "POSTGRES_PASSWORD"},
    "axllent/mailpit": {"MP_MAX_MESSAGES"},
    "redis": set(),
}
# What only docker/init.sh reads.
INIT_VARIABLES = {"SHOPWATCH_ADMIN_PASSWORD"}
# What the OpenLineage client reads.
LINEAGE_VARIABLES = {"OPENLINEAGE_URL", "OPENLINEAGE_API_KEY", "OPENLINEAGE_NAMESPACE"}
# What only dags/run_context.py reads.
DAG_VARIABLES = {"SHOPWATCH_SHARD_QUEUES"}

DOCUMENT: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "shopwatch"]
LONG_RUNNING = [name for name, service in SERVICES.items() if service["restart"] != "no"]


def schema_errors(document: dict[str, Any]) -> list[str]:
    """Where the document leaves the Compose specification, by its own JSON schema."""
    file = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    errors = jsonschema.Draft202012Validator(json.loads(file.read_text())).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in errors]


def interpolate(text: str) -> str:
    """As Compose does, with every needed variable set to its own name."""
    return VARIABLE.sub(lambda m: m["text"] if m["kind"] == "-" else m["name"], text)


@cache
def settings_variables() -> set[str]:
    """Every environment variable that `Settings` reads."""
    names: set[str] = set()
    for name, field in Settings.model_fields.items():
        match field.validation_alias:
            case None:
                names.add(f"{Settings.model_config['env_prefix']}{name}".upper())
            case AliasChoices(choices=choices):
                names |= {str(choice) for choice in choices}
            case alias:
                names.add(str(alias))
    return names


def logical_lines(file: Path) -> list[str]:
    """The lines of a script or Dockerfile, those that end with a backslash joined."""
    return file.read_text().replace("\\\n", " ").splitlines()


def image_variables() -> set[str]:
    """What the Dockerfile sets."""
    lines = [line for line in logical_lines(PROJECT / "Dockerfile") if line.startswith("ENV ")]
    return {pair.partition("=")[0] for line in lines for pair in line.split()[1:]}


def airflow_commands() -> list[list[str]]:
    """Every `airflow …` that a service or a script runs, as arguments."""
    services = [SERVICES[name]["command"] for name in OURS if "command" in SERVICES[name]]
    lines = [line for script in SCRIPTS for line in logical_lines(script)]
    return services + [shlex.split(line)[1:] for line in lines if line.startswith("airflow ")]


ASK_AIRFLOW = """
import json, sys
from airflow.cli import cli_parser
from airflow.configuration import conf

refused = []
for command in json.load(sys.stdin):
    try:
        cli_parser.get_parser().parse_args(command)
    except SystemExit:
        refused.append(command)
options = [
    f"AIRFLOW__{section}__{option}".upper()
    for section, described in conf.configuration_description.items()
    for option in described["options"]
]
json.dump({"refused": refused, "options": options}, sys.stdout)
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow itself says of our commands and of its options, in the services' environment.

    A process of its own, since Airflow reads its environment once, when it is imported.
    """
    environment = {
        name: interpolate(value)
        for name, value in SERVICES["scheduler"]["environment"].items()
        if value is not None and name.startswith("AIRFLOW__")
    }
    answer = subprocess.run(
        [sys.executable, "-c", ASK_AIRFLOW],
        input=json.dumps(airflow_commands()),
        env=os.environ | environment | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def test_it_follows_the_compose_specification() -> None:
    assert schema_errors(yaml.safe_load(interpolate(COMPOSE))) == []


def test_a_misspelled_key_would_be_found() -> None:
    wrong = yaml.safe_load(COMPOSE)
    wrong["services"]["scheduler"]["helthcheck"] = wrong["services"]["scheduler"].pop("healthcheck")
    assert any("helthcheck" in error for error in schema_errors(wrong))


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", SERVICES)
def test_every_variable_is_read_by_somebody(name: str, airflow: dict[str, Any]) -> None:
    if name in OURS:
        known = settings_variables() | set(airflow["options"]) | LINEAGE_VARIABLES | DAG_VARIABLES
        known |= INIT_VARIABLES if name == "init" else set()
    else:
        known = IMAGE_VARIABLES[SERVICES[name]["image"].partition(":")[0]]
    assert set(SERVICES[name].get("environment", {})) - known == set()


def test_the_image_sets_options_that_airflow_has(airflow: dict[str, Any]) -> None:
    options = {name for name in image_variables() if name.startswith("AIRFLOW__")}
    assert options - set(airflow["options"]) == set()


def test_no_secret_has_a_default() -> None:
    required = {m["name"] for m in VARIABLE.finditer(COMPOSE) if m["kind"] == "?"}
    used = {m["name"] for m in VARIABLE.finditer(COMPOSE)}
    assert {name for name in used if SECRET.search(name)} == required

    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name):
                assert value is None or VARIABLE.fullmatch(value), f"{name} has a value of its own"
            elif value is not None and "://" in value and "@" in value:
                assert re.search(r":\$\{\w+:\?[^}]*\}@", value), f"{name} names a password"


def test_the_example_lists_every_variable_and_no_value() -> None:
    example = (PROJECT / ".env.example").read_text()
    needed = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    optional = set(re.findall(r"^#(\w+)=", example, re.MULTILINE))

    required = {m["name"] for m in VARIABLE.finditer(COMPOSE) if m["kind"] == "?"}
    defaulted = {m["name"] for m in VARIABLE.finditer(COMPOSE) if m["kind"] == "-"}
    passed_on = {
        name for service in SERVICES.values() for name, value in service.get("environment", {}).items() if value is None
    }
    assert set(needed) == required
    assert set(needed.values()) == {""}
    assert optional == defaulted | passed_on | {"COMPOSE_PROFILES"}


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_long_running_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_services_wait_for_services_that_can_answer() -> None:
    for name, service in SERVICES.items():
        for other, wait in service.get("depends_on", {}).items():
            match wait["condition"]:
                case "service_healthy":
                    assert "healthcheck" in SERVICES[other], f"{name} waits for {other}'s health"
                case "service_completed_successfully":
                    assert other not in LONG_RUNNING, f"{name} waits for the end of {other}"
                case condition:
                    pytest.fail(f"{name} waits for {other}: {condition}")


def test_nothing_is_open_to_the_network_unasked() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(interpolate(port).startswith("127.0.0.1:") for port in ports)


def test_airflow_takes_every_command(airflow: dict[str, Any]) -> None:
    assert {command[0] for command in airflow_commands()} >= {
        "api-server",
        "scheduler",
        "db",
        "users",
        "pools",
    }
    assert airflow["refused"] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_parse_and_may_run(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)
    assert os.access(script, os.X_OK)


def test_the_image_has_what_the_services_run() -> None:
    lines = [line for line in logical_lines(PROJECT / "Dockerfile") if line.startswith("COPY ")]
    copied = {source.rstrip("/") for line in lines for source in line.split()[1:-1]}
    run = {file.name for file in (PROJECT / "docker").iterdir() if file.suffix != ".sql"}
    assert {f"docker/{name}" for name in run} <= copied

    ignore = (PROJECT / ".dockerignore").read_text().splitlines()
    sent = {line.strip("!/") for line in ignore if line.startswith("!")}
    assert sent == {path.partition("/")[0] for path in copied}
