"""The values for Airflow's Helm chart: they fit the image, the settings and the configuration of this Airflow.

With ``AIRFLOW_CHART``, the folder of an unpacked chart, they are checked against its schema too.
"""

from __future__ import annotations

import json
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from shopwatch.core.settings import PROJECT, Settings

HELM = PROJECT / "deploy" / "helm"
OF_TASKS = {"SHOPWATCH_SHARD_QUEUES"}
"""Variables that DAG files read, not the settings."""


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _list(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": _object(**properties) | {"required": required.split()}}


TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
AMOUNTS = _object(cpu=TEXT, memory=TEXT)
PERSISTENCE = _object(persistence=_object(enabled=FLAG, size=TEXT))
OF_THE_CHART = _object(
    executor=TEXT | {"pattern": "^[A-Z][a-zA-Z0-9]+Executor$"},
    **dict.fromkeys(("airflowVersion", "airflowHome", "defaultAirflowRepository", "defaultAirflowTag"), TEXT),
    **dict.fromkeys(("fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName"), TEXT),
    **dict.fromkeys(("uid", "gid"), NUMBER),
    **dict.fromkeys(("postgresql", "redis", "statsd"), _object(enabled=FLAG)),
    **dict.fromkeys(("triggerer", "logs"), PERSISTENCE),
    data=_object(metadataSecretName=TEXT),
    config={"type": "object", "additionalProperties": {"type": "object", "additionalProperties": TEXT}},
    env=_list("name value", name=TEXT, value=TEXT),
    secret=_list("envName secretName", envName=TEXT, secretName=TEXT, secretKey=TEXT),
    volumes=_list("name", name=TEXT, persistentVolumeClaim=_object(claimName=TEXT)),
    volumeMounts=_list("name mountPath", name=TEXT, mountPath=TEXT),
    securityContexts=_object(pod=_object(runAsUser=NUMBER, runAsGroup=NUMBER, fsGroup=NUMBER)),
    workers=_object(resources=_object(requests=AMOUNTS, limits=AMOUNTS)),
)
"""Values of the chart, as far as ours need them."""


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HELM / "values.yaml").read_text("utf-8"))
    return found


def test_the_values_fit_the_image(values: dict[str, Any]) -> None:
    image = (PROJECT / "Dockerfile").read_text("utf-8")
    assert f"AIRFLOW_HOME={values['airflowHome']} " in image
    assert f"ARG UID={values['uid']}\n" in image
    assert f"AIRFLOW__CORE__DAGS_FOLDER={values['config']['core']['dags_folder']} " in image
    assert f"AIRFLOW__CORE__PLUGINS_FOLDER={values['config']['core']['plugins_folder']} " in image
    assert f"apache-airflow=={values['airflowVersion']} " in (PROJECT / "requirements.txt").read_text("utf-8")
    assert set(values["securityContexts"]["pod"].values()) == {values["uid"]}
    assert "ENTRYPOINT []" in (HELM / "Dockerfile").read_text("utf-8"), "the chart's commands begin with bash"


def test_the_variables_are_settings_and_the_home_is_on_the_volume(values: dict[str, Any]) -> None:
    variables = {one["name"]: one["value"] for one in values["env"]}
    names = variables.keys() | {one["envName"] for one in values["secret"]}
    known = {f"SHOPWATCH_{name.upper()}" for name in Settings.model_fields} | {"SHOPWATCH_INBOX"} | OF_TASKS
    assert names <= known
    (mount,) = values["volumeMounts"]
    assert [mount["name"]] == [volume["name"] for volume in values["volumes"]]
    assert all(Path(variables[f"SHOPWATCH_{name}"]).is_relative_to(mount["mountPath"]) for name in ("HOME", "INBOX"))


def test_airflow_knows_the_options(values: dict[str, Any]) -> None:
    spec = find_spec("airflow")
    assert spec
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "config_templates" / "config.yml"
    known = set(re.findall(r"(?m)^    (\w+):$", path.read_text("utf-8")))
    assert {option for section in values["config"].values() for option in section} <= known


def test_the_secret_that_the_document_makes_has_every_key(values: dict[str, Any]) -> None:
    document = (PROJECT / "docs" / "scale.md").read_text("utf-8")
    keys = {"connection", "fernet-key", "api-secret-key", "jwt-secret"} | {one["secretKey"] for one in values["secret"]}
    assert set(re.findall(r"--from-literal=([\w-]+)=", document)) == keys
    assert "create secret generic shopwatch-keys" in document


def test_the_chart_has_these_values(values: dict[str, Any]) -> None:
    """A key that the chart does not know stops the installation, or is passed over."""
    jsonschema.validate(values, OF_THE_CHART)


@pytest.mark.skipif(not os.environ.get("AIRFLOW_CHART"), reason="no chart to check against")
def test_the_charts_schema_accepts_the_values(values: dict[str, Any]) -> None:
    jsonschema.validate(values, json.loads((Path(os.environ["AIRFLOW_CHART"]) / "values.schema.json").read_text()))
