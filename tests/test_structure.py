"""Every module has its test: one of its own name, or one that runs it for real."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = {
    "operators/src/longshore": "operators",
    "cli/src/longshore_cli": "cli",
    "images/emr-containers/src/emr_containers": "images/emr_containers",
    "images/spark/app/longshore_spark": "images/spark",
    "images/airflow/app": "images/airflow",
    "images/airflow/page/src/longshore_page": "images/airflow_page",
    "images/delay-report/app": "images/delay_report",
}
REAL_RUNS = {
    "images/delay-report/app": {"places.py": "images/delay_report/test_delay_report.py"},
    "operators/src/longshore": {
        "links/stored.py": "operators/links/test_job_log.py",
        "plugins/listener.py": "faults/airflow/test_triggerer.py",
        "plugins/plugin.py": "faults/airflow/test_triggerer.py",
    },
    "cli/src/longshore_cli": {
        "main.py": "embedded/test_commands.py",
        "templates/commands.py": "embedded/test_commands.py",
        "exceptions.py": "embedded/test_commands.py",
        **{f"cluster/{name}.py": "cluster/test_commands.py" for name in ("layout", "kubectl", "up", "down", "status")},
        **{
            f"cluster/{name}.py": "cluster/test_commands.py"
            for name in ("bases", "contents", "engine", "node", "registry")
        },
        "embedded/airflow.py": "embedded/test_demo.py",
        "embedded/demo.py": "embedded/test_demo.py",
        "embedded/dev.py": "embedded/test_dev.py",
        "embedded/server_only.py": "docs/test_job_server.py",
        "embedded/flights.py": "embedded/test_flights_lake.py",
        "embedded/job_server.py": "embedded/test_demo.py",
        "embedded/layout.py": "embedded/test_demo.py",
        "embedded/platform.py": "embedded/test_demo.py",
        "jobs/cancel.py": "cli/jobs/test_commands.py",
        "jobs/states.py": "cli/jobs/test_commands.py",
    },
    "images/emr-containers/src/emr_containers": {
        "answers.py": "images/emr_containers/test_app.py",
        "exceptions.py": "images/emr_containers/test_app.py",
        "identifiers.py": "images/emr_containers/test_operations.py",
        "locks.py": "images/emr_containers/test_cli.py",
        "server.py": "images/emr_containers/test_cli.py",
        "operations/context.py": "images/emr_containers/test_operations.py",
        "operations/job_runs.py": "images/emr_containers/test_job_runs.py",
        "operations/job_templates.py": "images/emr_containers/test_operations.py",
        "operations/pages.py": "images/emr_containers/test_job_runs.py",
        "operations/tags.py": "images/emr_containers/test_operations.py",
        "operations/virtual_clusters.py": "images/emr_containers/test_operations.py",
        "runtimes/backoff.py": "images/emr_containers/test_runtimes_kubernetes_runtime.py",
        "tags.py": "images/emr_containers/test_operations.py",
        "runtimes/job.py": "images/emr_containers/test_runtimes_process.py",
        "runtimes/kubernetes/api.py": "images/emr_containers/test_runtimes_kubernetes_runtime.py",
        "runtimes/kubernetes/attempt.py": "images/emr_containers/test_runtimes_kubernetes_runtime.py",
        "runtimes/kubernetes/driver_log.py": "images/emr_containers/test_runtimes_kubernetes_runtime.py",
        "runtimes/kubernetes/ends.py": "images/emr_containers/test_runtimes_kubernetes_state.py",
        "runtimes/kubernetes/names.py": "images/emr_containers/test_runtimes_kubernetes_manifest.py",
        "runtimes/kubernetes/nodes.py": "images/emr_containers/test_runtimes_kubernetes_runtime.py",
        "runtimes/kubernetes/objects.py": "images/emr_containers/test_runtimes_kubernetes_state.py",
        "runtimes/kubernetes/pod_files.py": "images/emr_containers/test_runtimes_kubernetes_manifest.py",
        "runtimes/kubernetes/patience.py": "images/emr_containers/test_runtimes_kubernetes_runtime.py",
        "runtimes/kubernetes/waits.py": "images/emr_containers/test_runtimes_kubernetes_state.py",
        "runtimes/kubernetes/watch.py": "images/emr_containers/test_runtimes_kubernetes_runtime.py",
        "runtimes/log_files.py": "images/emr_containers/test_runtimes_log_rotation.py",
        "runtimes/log_store.py": "images/emr_containers/test_runtimes_process_log.py",
        "runtimes/log_upload.py": "images/emr_containers/test_runtimes_process_log.py",
        "runtimes/logs.py": "images/emr_containers/test_runtimes_spark_submit.py",
        "runtimes/outcome.py": "images/emr_containers/test_dispatcher.py",
        "runtimes/process_attempt.py": "images/emr_containers/test_runtimes_process.py",
    },
    # What needs Spark runs where Spark is.
    "images/spark/app/longshore_spark": {
        "application.py": "embedded/test_bad_input.py",
        "exceptions.py": "embedded/test_bad_input.py",
        "jdbc.py": "embedded/test_transfers.py",
        "jdbc_sink.py": "embedded/test_transfers.py",
        "lake_schema_drop.py": "embedded/test_lake_schemas.py",
        "lake_sink.py": "embedded/test_transfers.py",
        "races.py": "embedded/test_transfers.py",
        "reasons.py": "embedded/test_transfers.py",
        "run.py": "embedded/test_transfers.py",
        "session.py": "embedded/test_transfers.py",
        "sources.py": "embedded/test_transfers.py",
    },
}
MODULES = [
    (source, path.relative_to(ROOT / source))
    for source in SOURCES
    for path in sorted((ROOT / source).rglob("*.py"))
    if path.name != "__init__.py"
]


@pytest.mark.parametrize(("source", "module"), MODULES, ids=lambda value: str(value))
def test_a_module_has_its_test(source: str, module: Path) -> None:
    tests = ROOT / "tests" / SOURCES[source]
    own = [tests / module.parent / f"test_{module.name}", tests / ("test_" + "_".join(module.parts))]
    real = REAL_RUNS.get(source, {}).get(module.as_posix())
    if real is not None:
        assert not any(path.exists() for path in own), "it has one of its own by now"
        own = [ROOT / "tests" / real]
    assert any(path.exists() for path in own)
