"""The metadata of a task for OpenLineage's events, in the form of Airflow's provider for it.

The provider is optional, and calls this only where it is installed: its modules are imported inside the functions.
"""

from typing import TYPE_CHECKING, Any

from longshore.lineage.datasets import Dataset, Datasets

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage


def lineage_of(datasets: Datasets, *, sql: str | None) -> "OperatorLineage[Any, Any]":
    """Returns the metadata of a task.

    Args:
        sql: the statement that it runs; None: there is none.
    """
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset, sql_job

    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
    return OperatorLineage(
        inputs=[InputDataset(each.namespace, each.name, facets=_facets(each)) for each in datasets.inputs],
        outputs=[
            OutputDataset(
                each.namespace,
                each.name,
                facets=_facets(each),
                outputFacets=(
                    {} if each.rows_written is None else {"outputStatistics": statistics(rowCount=each.rows_written)}
                ),
            )
            for each in datasets.outputs
        ],
        job_facets={"sql": sql_job.SQLJobFacet(query=sql)} if sql else {},
    )


def _facets(dataset: Dataset) -> dict[str, Any]:
    from openlineage.client.facet_v2 import schema_dataset, symlinks_dataset

    facets: dict[str, Any] = {}
    if dataset.columns:
        fields = [schema_dataset.SchemaDatasetFacetFields(name, type=kind) for name, kind in dataset.columns.items()]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields)
    if dataset.symlinks:
        others = [
            symlinks_dataset.Identifier(namespace=namespace, name=name, type="TABLE")
            for namespace, name in dataset.symlinks
        ]
        facets["symlinks"] = symlinks_dataset.SymlinksDatasetFacet(identifiers=others)
    return facets
