import pytest
from longshore.exceptions import InvalidArgumentError
from longshore.submission.engines import choose, without_executors
from longshore.submission.request import TemplateLaunch
from longshore_spark.command_line.arguments import parse_arguments
from longshore_spark.command_line.engines import only_spark
from longshore_spark.connections import read_grammar

CHECKS = '[{"not_null": ["a"]}]'


@pytest.mark.parametrize(
    ("asked", "engine", "said"),
    [
        ({}, "spark", "as the task or its template says"),
        ({"engine": "auto"}, "copy", "No executors are reserved"),
        ({"engine": "copy", "mode": "append"}, "copy", "without a Spark session"),
        ({"engine": "auto", "mode": "merge"}, "spark", "because COPY does not merge"),
        ({"engine": "auto", "checks": CHECKS}, "spark", "because COPY runs no checks"),
    ],
)
def test_the_engine_is_chosen_by_what_was_asked_for(asked: dict[str, str], engine: str, said: str) -> None:
    choice = choose(asked)
    assert choice.engine == engine
    assert said in choice.reason


def test_copy_is_refused_where_it_cannot_do_the_transfer() -> None:
    with pytest.raises(InvalidArgumentError, match="COPY does not merge: use 'auto' or 'spark'"):
        choose({"engine": "copy", "mode": "merge"})


def test_executors_that_were_asked_for_are_reserved_only_when_spark_needs_them() -> None:
    on_demand = "spark.dynamicAllocation.enabled"
    launch = without_executors(TemplateLaunch("id", {"mode": "append"}, {"spark.a": "b"}))
    assert launch.parameters == {"mode": "append", "executor_instances": "0"}
    assert launch.properties == {"spark.a": "b", on_demand: "true"}
    launch = without_executors(TemplateLaunch("id", {"executor_instances": "4"}))
    assert launch.properties == {on_demand: "true", "spark.dynamicAllocation.maxExecutors": "4"}


@pytest.mark.parametrize("own", ["spark.dynamicAllocation.minExecutors", "spark.executor.instances"])
def test_a_task_that_says_how_executors_are_allocated_is_left_as_it_is(own: str) -> None:
    overrides = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": {own: "3"}}]}
    for launch in (TemplateLaunch("id", {}, {own: "3"}), TemplateLaunch("id", configuration_overrides=overrides)):
        assert without_executors(launch) == launch


@pytest.mark.parametrize("asked", [{}, {"mode": "append"}, {"mode": "merge", "key": "a"}, {"checks": CHECKS}])
def test_the_job_decides_as_the_operator(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, asked: dict[str, str]
) -> None:
    connections = tmp_path_factory.mktemp("connections")
    (connections / "db.json").write_text(
        '{"conn_type": "postgres", "host": "h", "schema": "s", "login": "l", "password": "p"}'
    )
    monkeypatch.setenv("LONGSHORE_CONNECTIONS", str(connections))
    given = {"source": "t", "source-connection": "db", "target": "lake.a.b", **asked}
    transfer = parse_arguments([f"--{name}={value}" for name, value in given.items()], grammar_of=read_grammar)
    expected = choose({"engine": "auto", **asked})
    reason = only_spark(transfer)
    assert (reason is None) == (expected.engine == "copy")
    assert reason is None or reason in expected.reason
