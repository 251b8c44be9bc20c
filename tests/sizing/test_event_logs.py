"""Event logs that our own Spark has written, in each form, read as profiles."""

import os
import subprocess
from pathlib import Path

import pytest
from emr_containers.sizing.event_logs.names import is_log
from emr_containers.sizing.event_logs.reader import read_local_profile
from emr_containers.sizing.profile import Profile

ROOT = Path(__file__).parents[2]
FORMS = ("rolled_zstd", "single_lz4", "single_plain")
MIB = 1 << 20


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The log of each form."""
    folder = tmp_path_factory.mktemp("logs")
    subprocess.run(
        [ROOT / "images/spark/bin/spark-submit", Path(__file__).with_name("three_logs.py"), folder],
        env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"},
        cwd=folder,
        check=True,
        capture_output=True,
    )
    found = {form: [path for path in (folder / form).iterdir() if is_log(path.name)] for form in FORMS}
    assert {form: len(paths) for form, paths in found.items()} == dict.fromkeys(FORMS, 1)
    return {form: path for form, [path] in found.items()}


@pytest.fixture(scope="module")
def profiles(logs: dict[str, Path]) -> dict[str, Profile]:
    return {form: read_local_profile(path) for form, path in logs.items()}


@pytest.mark.parametrize("form", FORMS)
def test_a_log_is_read_to_its_last_event(profiles: dict[str, Profile], form: str) -> None:
    profile = profiles[form]
    assert (profile.unread, profile.problems, profile.failures, profile.failed_jobs) == (0, (), {}, 0)
    assert profile.complete
    assert profile.spark_version == "4.1.4"
    assert profile.began_ms < profile.ended_ms
    assert profile.properties["spark.executor.memory"] == "600m"


@pytest.mark.parametrize("form", FORMS)
def test_the_work_of_the_query_is_counted(profiles: dict[str, Profile], form: str) -> None:
    work = profiles[form].work
    assert work.input_records >= 200_000
    assert work.input_bytes > 0
    assert work.shuffle_read_bytes == work.shuffle_written_bytes > 0
    assert work.output_bytes > 0
    assert work.run_ms >= work.longest_ms > 0
    assert work.cpu_ms > 0
    assert work.failed == 0
    assert profiles[form].stages


@pytest.mark.parametrize("form", FORMS)
def test_peaks_are_those_of_the_process_that_ran_the_tasks(profiles: dict[str, Profile], form: str) -> None:
    profile = profiles[form]
    apart = form == "single_lz4"
    process = profile.executor if apart else profile.driver
    assert process.jvm_rss > process.heap > process.unified > 0
    assert process.non_heap > 20 * MIB
    assert process.python_rss > 10 * MIB
    assert (profile.executors.started, profile.executors.most, profile.executors.cores) == (
        (1, 1, 1) if apart else (0,) * 3
    )
    assert profile.executors.lost == {}
    assert (profile.executor.heap > 0) == apart
    assert (0 < profile.busy_share <= 1) == apart
    assert profile.most_tasks == 1


def test_a_log_that_was_cut_off_anywhere_is_read_up_to_there(logs: dict[str, Path], tmp_path: Path) -> None:
    whole = {form: read_local_profile(path).work.tasks for form, path in logs.items()}
    for form, path in logs.items():
        file = next(path.glob("events_*")) if path.is_dir() else path
        data = file.read_bytes()
        seen = []
        for tenths in range(11):
            cut = tmp_path / file.name
            cut.write_bytes(data[: len(data) * tenths // 10])
            profile = read_local_profile(cut)
            assert profile.complete == (tenths == 10)
            seen.append(profile.work.tasks)
        assert seen == sorted(seen)
        assert (seen[0], seen[-1]) == (0, whole[form])


def test_a_rolled_log_is_one_log_in_the_order_of_its_numbers(logs: dict[str, Path], tmp_path: Path) -> None:
    lines = logs["single_plain"].read_bytes().splitlines(keepends=True)
    folder = tmp_path / "eventlog_v2_app"
    folder.mkdir()
    third = len(lines) // 3
    for number, part in ((2, lines[third:-third]), (10, lines[-third:]), (1, lines[:third])):
        (folder / f"events_{number}_app").write_bytes(b"".join(part))
    (folder / "appstatus_app").touch()
    assert read_local_profile(folder) == read_local_profile(logs["single_plain"])
