"""Lineage as OpenLineage events: what each task read and wrote, sent by Airflow's provider to a configured receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openlineage.client.event_v2 import Dataset as OpenLineageDataset

    from shopwatch.warehouse.lineage import Dataset, Job


def report_lineage(jobs: Callable[[], Iterable[Job]]) -> None:
    """Send the jobs as children of the running task. Without a receiver nothing is even computed.

    A receiver that cannot be reached does not fail the task: the provider logs it.
    """
    from airflow.providers.openlineage.conf import is_disabled

    if is_disabled():  # asked first, since importing the provider's API takes a second of CPU
        return
    from airflow.providers.openlineage.api import emit_query_lineage

    for job in jobs():
        emit_query_lineage(
            job_name=f"shopwatch.{job.name}",
            query_text=job.sql or None,
            inputs=[_dataset(dataset) for dataset in job.reads],
            outputs=[_dataset(job.writes)],
        )


def _dataset(dataset: Dataset) -> OpenLineageDataset:
    from openlineage.client.event_v2 import Dataset as OpenLineageDataset
    from openlineage.client.facet_v2 import schema_dataset

    fields = [
        schema_dataset.SchemaDatasetFacetFields(name=column.name, type=column.type, description=column.description)
        for column in dataset.columns
    ]
    facets = {"schema": schema_dataset.SchemaDatasetFacet(fields=fields)} if fields else {}
    return OpenLineageDataset(namespace=dataset.namespace, name=dataset.name, facets=facets)
