"""Event logs where jobs write them: a folder of this machine, or S3 (here a store in memory)."""

import io
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.event_logs import local_profile, stored_profile
from emr_containers.runtimes.logs.store import LogStore, LogStoreError
from emr_containers.settings import Release
from emr_containers.sizing.event_logs.exceptions import EventLogError

SPEC = JobSpec(
    releaseLabel="spark",
    jobDriver={"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/x.py"}},
)
LOG = b"""{"Event":"SparkListenerLogStart","Spark Version":"4.1.4"}
{"Event":"SparkListenerApplicationEnd","Timestamp":9}
"""


def release(place: str | None) -> Release:
    conf = {} if place is None else {"spark.eventLog.enabled": "true", "spark.eventLog.dir": place}
    return Release(label="spark", kind="spark", command=("x",), application_directory=Path("/x"), spark_defaults=conf)


class InMemory:
    """The objects of one bucket."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def names(self, _bucket: str, prefix: str) -> list[str]:
        return [key.removeprefix(prefix) for key in sorted(self.objects) if key.startswith(prefix)]

    def open_object(self, bucket: str, key: str) -> BinaryIO:
        if not self.objects[key]:
            raise LogStoreError("denied", uri=f"s3://{bucket}/{key}", transient=False)
        return io.BytesIO(self.objects[key])


def stored(objects: dict[str, bytes], place: str = "s3://logs/events") -> Any:
    return stored_profile("run", SPEC, release(place), store=cast(LogStore, InMemory(objects)))


def test_the_newest_log_in_a_runs_own_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "local-1").write_bytes(b"")
    (tmp_path / "run" / "local-2").write_bytes(LOG)
    assert local_profile("run", SPEC, release(tmp_path.as_uri())).complete


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (None, "writes no event log"),
        ("s3://logs", "only a folder that the release names"),
        ("file:///none", "'/none/run'"),
    ],
)
def test_a_log_that_is_not_there_is_named(place: str | None, message: str) -> None:
    with pytest.raises(EventLogError, match=message):
        local_profile("run", SPEC, release(place))


def test_a_log_in_s3_is_one_object_or_rolled_ones_in_their_order() -> None:
    first, last = LOG.splitlines(keepends=True)
    rolled = {
        "events/eventlog_v2_spark-run/events_2_spark-run": last,
        "events/eventlog_v2_spark-run/events_1_spark-run": first,
        "events/eventlog_v2_spark-run/appstatus_spark-run": b"",
        "events/eventlog_v2_spark-other/events_1_spark-other": LOG,
    }
    for objects in (rolled, {"events/spark-run": LOG}):
        profile = stored(objects, "s3a://logs/events/")
        assert (profile.complete, profile.spark_version, profile.problems) == (True, "4.1.4", ())


def test_what_s3_does_not_return_is_said() -> None:
    with pytest.raises(EventLogError, match="no event log of spark-run below 's3://logs/events'"):
        stored({})
    with pytest.raises(EventLogError, match="only those in S3"):
        stored({}, "hdfs://x/y")
    assert "denied" in stored({"events/spark-run": b""}).problems[0]
