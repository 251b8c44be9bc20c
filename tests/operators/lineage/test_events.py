from longshore.lineage.datasets import Dataset, Datasets
from longshore.lineage.events import lineage_of


def test_datasets_become_openlineages_with_their_facets() -> None:
    symlink = ("postgres://db:5432", "lake.raw.planes")
    written = Dataset("s3://lake", "raw/planes", columns={"year": "int"}, symlinks=(symlink,), rows_written=3)
    read = Dataset("postgres://db:5432", "flights.public.planes")
    lineage = lineage_of(Datasets((read,), (written,)), sql="SELECT 1")
    assert [(each.namespace, each.name) for each in lineage.inputs] == [("postgres://db:5432", "flights.public.planes")]
    (output,) = lineage.outputs
    assert [(field.name, field.type) for field in output.facets["schema"].fields] == [("year", "int")]
    (identifier,) = output.facets["symlinks"].identifiers
    assert (identifier.namespace, identifier.name, identifier.type) == (*symlink, "TABLE")
    assert output.outputFacets["outputStatistics"].rowCount == 3
    assert lineage.job_facets["sql"].query == "SELECT 1"


def test_what_is_not_known_is_left_out() -> None:
    lineage = lineage_of(Datasets(outputs=(Dataset("s3://lake", "raw/planes"),)), sql=None)
    assert (lineage.inputs, lineage.job_facets) == ([], {})
    assert lineage.outputs[0].facets == {}
    assert lineage.outputs[0].outputFacets == {}
