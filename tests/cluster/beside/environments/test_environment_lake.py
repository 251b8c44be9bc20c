"""The main job in an environment, by production's own DAG: what it writes is the environment's, and goes with it."""

from typing import Any

import pytest
from cluster.dag_runs import run_dag
from cluster.environments.live import live_environment, new_developer
from cluster.environments.traces import traces_of
from cluster.gangs.yunikorn_api import is_installed
from cluster.lake import Lake, open_lake
from cluster.parts import BUCKET, Cluster, eventually

pytestmark = pytest.mark.timeout(2700)
DAG_ID = "flights_lake"
TABLES = ("raw.flights", "raw.airlines", "mart.route_delays")
PICTURE = "reports/delays.png"


def at(lake: Lake) -> dict[str, str]:
    """Returns the present metadata file of each of production's tables. Each change makes another one."""
    return {name: lake.catalog.load_table(name).metadata_location for name in TABLES}


def changed_at(cluster: Cluster, key: str) -> Any:
    with cluster.s3() as s3:
        return s3.head_object(Bucket=BUCKET, Key=key)["LastModified"]


def test_it_writes_to_the_environments_schema_and_leaves_with_it(cluster: Cluster, flights_run: str) -> None:
    with open_lake(cluster) as lake:
        before, drawn = at(lake), changed_at(cluster, PICTURE)
    # Five jobs at once: a queue lets them wait, and a quota does not.
    size = "small" if is_installed(cluster) else "large"
    with live_environment(cluster, owner=new_developer(), branch="main", size=size) as environment:
        schema = environment.schema
        environment.wait_for("Ready")
        run_dag(environment.airflow(), DAG_ID, seconds=1800)
        with open_lake(cluster) as lake:
            assert at(lake) == before
            ours, theirs = (
                sorted(lake.lake_rows(f"{place}raw.airlines", ["carrier", "name"])) for place in (f"{schema}.", "")
            )
            assert ours == theirs
            where = lake.catalog.load_table(f"{schema}.mart.route_delays").metadata_location
            assert where.startswith(f"s3://{BUCKET}/lake/{schema}/")
        assert changed_at(cluster, PICTURE) == drawn
        assert changed_at(cluster, f"environments/_shared/{PICTURE}") > drawn
    with open_lake(cluster) as lake:
        assert at(lake) == before
        assert [name for name in lake.catalog.list_namespaces() if name[0].startswith(schema)] == []
    with cluster.s3() as s3:
        assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"lake/{schema}/")
    # YuniKorn removes an empty queue only after a while.
    eventually(lambda: not traces_of(cluster, environment.name), seconds=240, what="the end of all traces", every=5.0)
