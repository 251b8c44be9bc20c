"""Every module has its test: one of its own name, or one that runs it for real."""

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = {
    "libs/src/longshore_libs": "libs",
    "operators/src/longshore": "operators",
    "cli/src/longshore_cli": "cli",
    "images/emr-containers/src/emr_containers": "images/emr_containers",
    "images/environments/src/environments": "images/environments",
    "images/spark/app/longshore_spark": "images/spark",
    "images/airflow/app": "images/airflow",
    "images/airflow/page/src/longshore_page": "images/airflow_page",
    "images/delay-report/app": "images/delay_report",
}
# What is not in a package, and the test that runs it.
PROGRAMS = {
    "dags": "dags/test_every_dag.py",
    "docs/examples/environment": "cli/environments/test_documents.py",
    "images/spark/app/clean_transfers.py": "embedded/test_commands.py",
    "images/spark/app/drop_schema.py": "embedded/more/test_lake_schemas.py",
    "images/spark/app/transfer.py": "embedded/test_flights_lake.py",
    "images/spark/warm_up.py": "images/spark/test_jvm.py",
}
REAL_RUNS = {
    "libs/src/longshore_libs": {"kubernetes/access.py": "libs/kubernetes/test_finding.py"},
    "images/delay-report/app": {"places.py": "images/delay_report/test_delay_report.py"},
    "images/environments/src/environments": {
        "observed/observation.py": "images/environments/test_look.py",
        "requests/retained_statements.py": "images/environments/clients/test_retained.py",
        "status/conditions.py": "images/environments/status/test_fields.py",
        "status/phase.py": "images/environments/status/test_fields.py",
        "wake_page/answers.py": "images/environments/wake_page/test_app.py",
        "wake_page/html.py": "images/environments/wake_page/test_app.py",
    },
    "images/airflow/page/src/longshore_page": {"web.py": "images/airflow_page/test_app.py"},
    "operators/src/longshore": {
        "links/published.py": "operators/operators/test_job_run.py",
        "links/stored.py": "operators/links/test_job_log.py",
        "grammar/check_grammar.py": "operators/submission/test_transfer_parameters.py",
        "grammar/many_tables.py": "operators/submission/test_many_tables.py",
        "grammar/table_names.py": "operators/submission/test_transfer_parameters.py",
        "operators/jdbc_to_spark_container.py": "operators/operators/test_transfers.py",
        "operators/spark_to_jdbc_container.py": "operators/operators/test_transfers.py",
        "operators/spark_to_spark_container.py": "operators/operators/test_transfers.py",
        "operators/transfer_arguments.py": "operators/operators/test_transfers.py",
        "plugins/leftovers.py": "operators/plugins/test_listener.py",
        "plugins/plugin.py": "faults/airflow/test_triggerer.py",
        "submission/writing_parameters.py": "operators/submission/test_transfer_parameters.py",
        "waiting/own_job_run.py": "operators/operators/test_job_run.py",
    },
    "cli/src/longshore_cli": {
        "main.py": "embedded/test_commands.py",
        "exceptions.py": "embedded/test_commands.py",
        "commands/options.py": "embedded/test_commands.py",
        "commands/templates.py": "embedded/test_commands.py",
        "templates/api.py": "embedded/test_commands.py",
        "commands/jobs.py": "cli/jobs/test_commands.py",
        "commands/sizing.py": "cli/jobs/test_sizing.py",
        "sizing/tasks.py": "cli/jobs/test_sizing.py",
        "jobs/cancel.py": "cli/jobs/test_commands.py",
        "jobs/log_search.py": "cli/jobs/test_describing.py",
        "jobs/record.py": "cli/jobs/test_describing.py",
        "jobs/states.py": "cli/jobs/test_commands.py",
        "commands/transfers.py": "cli/jobs/test_transfers_clean.py",
        "transfers/clean.py": "cli/jobs/test_transfers_clean.py",
        "commands/environment_create.py": "cli/environments/test_create.py",
        "commands/environments.py": "cli/environments/test_commands.py",
        "commands/cluster.py": "cluster/beside/test_commands.py",
        "commands/dags.py": "cluster/beside/test_commands.py",
        "cluster/addresses.py": "cluster/beside/test_commands.py",
        "cluster/down.py": "cluster/beside/test_commands.py",
        "cluster/layout.py": "cluster/beside/test_commands.py",
        "cluster/seeding.py": "cluster/beside/test_commands.py",
        "cluster/status.py": "cluster/beside/test_commands.py",
        "cluster/up.py": "cluster/beside/test_commands.py",
        "cluster/engine/daemon.py": "cluster/beside/test_commands.py",
        "cluster/engine/debian_packages.py": "cluster/beside/test_commands.py",
        "cluster/images/base_image.py": "cluster/beside/test_commands.py",
        "cluster/images/node_image.py": "cluster/beside/test_commands.py",
        "cluster/images/registry.py": "cluster/beside/test_commands.py",
        "cluster/images/registry_image.py": "cluster/beside/test_commands.py",
        "cluster/kubernetes/kubectl.py": "cluster/beside/test_commands.py",
        "cluster/kubernetes/registry_hosts.py": "cluster/beside/test_commands.py",
        "clients/git.py": "cli/dags/test_checkout.py",
        "sample_data.py": "embedded/test_flights_lake.py",
        "embedded/airflow.py": "embedded/test_demo.py",
        "embedded/demo.py": "embedded/test_demo.py",
        "embedded/job_server.py": "embedded/test_demo.py",
        "embedded/layout.py": "embedded/test_demo.py",
        "embedded/lock.py": "embedded/test_demo.py",
        "embedded/platform.py": "embedded/test_demo.py",
        "embedded/dev.py": "embedded/more/test_dev.py",
        "doctor/doctor.py": "embedded/more/test_doctor.py",
        "doctor/cluster/facts.py": "cli/doctor/cluster/test_checks.py",
        "doctor/embedded/facts.py": "cli/doctor/embedded/test_checks.py",
        "doctor/embedded/gathering.py": "embedded/more/test_doctor.py",
        "embedded/postgres_programs.py": "cli/embedded/test_postgres.py",
        "embedded/server.py": "embedded/more/test_job_server_page.py",
    },
    "images/emr-containers/src/emr_containers": {
        module: f"images/emr_containers/{test}"
        for test, modules in {
            "dispatch/test_dispatcher.py": (
                "dispatch/attempts.py",
                "dispatch/run_rows.py",
                "runtimes/outcome.py",
            ),
            "http/test_app.py": (
                "exceptions.py",
                "http/answers.py",
                "http/endpoints.py",
                "http/requests.py",
                "http/service.py",
            ),
            "operations/test_run_records.py": ("http/run_pages.py",),
            "http/test_confinement.py": ("operations/start_rights.py",),
            "operations/test_sized_starts.py": (
                "dispatch/profiles.py",
                "operations/sized_tasks.py",
                "sizing/records.py",
                "sizing/report.py",
            ),
            "operations/test_operations.py": (
                "jobs/identifiers.py",
                "jobs/tags.py",
                "operations/context.py",
                "operations/job_templates.py",
                "operations/tags.py",
                "operations/virtual_clusters.py",
            ),
            "runtimes/failures/test_log_end.py": (
                "runtimes/failures/java_exceptions.py",
                "runtimes/failures/log_tail.py",
                "runtimes/failures/lost_executors.py",
                "runtimes/failures/python_exceptions.py",
            ),
            "runtimes/kubernetes/manifest/test_jobs.py": (
                "runtimes/kubernetes/manifest/pod_files.py",
                "runtimes/kubernetes/names.py",
            ),
            "runtimes/kubernetes/observed/test_state.py": (
                "runtimes/kubernetes/observed/exit_reasons.py",
                "runtimes/kubernetes/observed/objects.py",
                "runtimes/kubernetes/observed/pending_reasons.py",
            ),
            "runtimes/kubernetes/test_runtime.py": (
                "runtimes/kubernetes/cluster/api.py",
                "runtimes/kubernetes/cluster/nodes.py",
                "runtimes/kubernetes/cluster/retrying.py",
                "runtimes/kubernetes/cluster/namespace_watch.py",
                "runtimes/kubernetes/cluster/watch.py",
                "runtimes/kubernetes/logs/driver_log.py",
                "runtimes/kubernetes/run.py",
            ),
            "runtimes/logs/test_rotation.py": ("runtimes/logs/files.py",),
            "runtimes/process/test_logs.py": (
                "runtimes/logs/store.py",
                "runtimes/logs/upload.py",
            ),
            "runtimes/process/test_confinement.py": ("runtimes/process/confine.py",),
            "runtimes/process/test_runtime.py": (
                "runtimes/logs/tails.py",
                "runtimes/process/attempt.py",
                "runtimes/process/attempt_launcher.py",
                "runtimes/process/failures.py",
                "runtimes/process/marks.py",
                "runtimes/runtime.py",
            ),
            "runtimes/spark/test_submit.py": (
                "runtimes/logs/streams.py",
                "runtimes/uris.py",
            ),
            "sizing/event_logs/test_reader.py": (
                "sizing/event_logs/events.py",
                "sizing/event_logs/exceptions.py",
                "sizing/event_logs/folding.py",
                "sizing/event_logs/totals.py",
                "sizing/profile.py",
            ),
            "sizing/plan/test_planner.py": (
                "sizing/plan/setbacks.py",
                "sizing/plan/sizes.py",
            ),
            "store/test_database.py": ("store/tables.py",),
            "store/test_upgrade.py": (
                "store/migrations/env.py",
                "store/migrations/versions/revision_1_0.py",
                "store/migrations/versions/revision_1_1.py",
                "store/migrations/versions/revision_1_2.py",
            ),
            "test_cli.py": ("options.py", "server.py"),
        }.items()
        for module in modules
    },
    # What needs Spark runs where Spark is.
    "images/spark/app/longshore_spark": {
        "applications/by_copy.py": "transfers/writing/test_copy.py",
        "applications/by_spark.py": "embedded/test_transfers.py",
        "applications/many_tables.py": "transfers/writing/test_many_tables.py",
        "applications/moved.py": "embedded/test_transfers.py",
        "applications/cleaning.py": "transfers/writing/test_leftovers.py",
        "applications/exit_status.py": "embedded/test_bad_input.py",
        "applications/source_text.py": "embedded/test_transfers.py",
        "applications/transfer.py": "embedded/test_transfers.py",
        "checking/columns_and_keys.py": "transfers/values/test_names.py",
        "checking/staged_rows.py": "transfers/values/test_names.py",
        "command_line/checks.py": "images/spark/checking/test_row_checks.py",
        "command_line/cleaning.py": "embedded/test_commands.py",
        "command_line/column_options.py": "transfers/values/test_types.py",
        "command_line/engines.py": "operators/submission/test_engines.py",
        "command_line/grammars.py": "images/spark/command_line/test_source.py",
        "command_line/parser.py": "images/spark/command_line/test_arguments.py",
        "command_line/transfer.py": "images/spark/command_line/test_arguments.py",
        "databases/postgres/datasets.py": "transfers/reading/test_datasets.py",
        "databases/postgres/patterns.py": "transfers/writing/test_many_tables.py",
        "exceptions.py": "embedded/test_bad_input.py",
        "grammar/check_grammar.py": "images/spark/checking/test_row_checks.py",
        "grammar/many_tables.py": "images/spark/command_line/test_tables.py",
        "grammar/sql_text.py": "operators/grammar/test_sql_text.py",
        "grammar/table_names.py": "operators/grammar/test_sql_text.py",
        "interfaces/connection.py": "images/spark/test_connections.py",
        "interfaces/copy_source.py": "transfers/writing/test_copy.py",
        "interfaces/dialect.py": "embedded/test_transfers.py",
        "interfaces/source_rows.py": "embedded/test_transfers.py",
        "interfaces/target.py": "transfers/values/test_any_mode.py",
        "jdbc/airflow_form.py": "images/spark/test_connections.py",
        "jdbc/sessions.py": "transfers/reading/test_connections.py",
        "lake/catalog.py": "images/spark/test_connections.py",
        "lake/datasets.py": "transfers/reading/test_datasets.py",
        "lake/writing/columns.py": "transfers/writing/test_kept_definitions.py",
        "lake/writing/column_values.py": "transfers/values/test_found_faults.py",
        "lake/leftovers.py": "transfers/writing/test_leftovers.py",
        "lake/lock.py": "transfers/writing/test_one_writer.py",
        "lake/writing/merging.py": "transfers/writing/test_one_commit.py",
        "lake/pinned_snapshots.py": "transfers/reading/test_lake_in_use.py",
        "lake/reader.py": "transfers/reading/test_lake_in_use.py",
        "lake/schema_drop.py": "embedded/more/test_lake_schemas.py",
        "lake/session.py": "embedded/test_transfers.py",
        "lake/tables.py": "transfers/writing/test_copy.py",
        "lake/writing/copying.py": "transfers/writing/test_copy.py",
        "lake/writing/open_target.py": "transfers/writing/test_one_commit.py",
        "lake/writing/sink.py": "transfers/values/test_any_mode.py",
        "lake/writing/table.py": "transfers/writing/test_kept_definitions.py",
        "outcome/job_run.py": "images/spark/test_connections.py",
        "outcome/leftovers.py": "transfers/writing/test_leftovers.py",
        "databases/postgres/connecting/addresses.py": "images/spark/test_connections.py",
        "databases/postgres/connecting/connections.py": "images/spark/test_connections.py",
        "databases/postgres/connecting/jdbc.py": "embedded/test_transfers.py",
        "databases/postgres/connecting/private_keys.py": "images/spark/databases/postgres/connecting/test_extras.py",
        "databases/postgres/connecting/question_marks.py": "transfers/values/test_names.py",
        "databases/postgres/connecting/connection_errors.py": "transfers/reading/test_connections.py",
        "databases/postgres/dialect.py": "embedded/test_transfers.py",
        "databases/postgres/explanations.py": "transfers/reading/test_table_in_use.py",
        "databases/postgres/faults.py": "transfers/values/test_types.py",
        "databases/postgres/names.py": "transfers/values/test_names.py",
        "databases/postgres/quoting.py": "images/spark/databases/postgres/writing/test_statements.py",
        "databases/postgres/reading/column_types.py": "transfers/values/test_types.py",
        "databases/postgres/reading/copying.py": "transfers/writing/test_copy.py",
        "databases/postgres/reading/opened.py": "transfers/reading/test_table_in_use.py",
        "databases/postgres/reading/fetching.py": "transfers/reading/test_wide_rows.py",
        "databases/postgres/reading/read_expressions.py": "transfers/values/test_types.py",
        "databases/postgres/reading/reader.py": "transfers/reading/test_table_in_use.py",
        "databases/postgres/reading/row_security.py": "transfers/reading/test_relations.py",
        "databases/postgres/reading/snapshot.py": "transfers/reading/test_table_in_use.py",
        "databases/postgres/sessions/create_missing.py": "embedded/test_transfers.py",
        "databases/postgres/sessions/keep_alive.py": "transfers/reading/test_table_in_use.py",
        "databases/postgres/sessions/settings.py": "transfers/reading/test_connections.py",
        "databases/postgres/sessions/target_session.py": "transfers/writing/test_one_commit.py",
        "databases/postgres/writing/commit_table.py": "transfers/writing/test_one_commit.py",
        "databases/postgres/writing/definitions.py": "transfers/writing/test_kept_definitions.py",
        "databases/postgres/writing/leftovers.py": "transfers/writing/test_leftovers.py",
        "databases/postgres/writing/other_writers.py": "transfers/values/test_any_mode.py",
        "databases/postgres/writing/publishing.py": "transfers/values/test_any_mode.py",
        "databases/postgres/writing/sink.py": "transfers/values/test_any_mode.py",
        "databases/postgres/writing/staging.py": "transfers/writing/test_one_commit.py",
        "databases/postgres/writing/target_checks.py": "transfers/values/test_any_mode.py",
        "databases/postgres/writing/write_expressions.py": "transfers/values/test_any_table.py",
        "reasons.py": "embedded/test_transfers.py",
        "spark/launcher.py": "transfers/writing/test_copy.py",
        "spark/types.py": "transfers/writing/test_copy.py",
        "spark/java_errors.py": "embedded/test_transfers.py",
    },
}
MODULES = [
    (source, path.relative_to(ROOT / source))
    for source in SOURCES
    for path in sorted((ROOT / source).rglob("*.py"))
    if path.name != "__init__.py"
]


def test_every_source_file_is_in_the_table() -> None:
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    ours = [path for path in found if path.parts[0] != "tests" and not any(part[0] == "." for part in path.parts)]
    places = [*SOURCES, *PROGRAMS]
    assert [path for path in ours if not any(path.is_relative_to(place) for place in places)] == []


@pytest.mark.parametrize(("program", "test"), PROGRAMS.items())
def test_a_program_has_its_test(program: str, test: str) -> None:
    assert (ROOT / program).exists()
    assert (ROOT / "tests" / test).exists()


@pytest.mark.parametrize(("source", "module"), MODULES, ids=lambda value: str(value))
def test_a_module_has_its_test(source: str, module: Path) -> None:
    tests = ROOT / "tests" / SOURCES[source]
    own = [tests / module.parent / f"test_{module.name}", tests / ("test_" + "_".join(module.parts))]
    real = REAL_RUNS.get(source, {}).get(module.as_posix())
    if real is not None:
        assert not any(path.exists() for path in own), "it has one of its own by now"
        own = [ROOT / "tests" / real]
    assert any(path.exists() for path in own)


def test_no_folder_has_more_modules_than_a_reader_can_hold() -> None:
    found = [path for path in ROOT.rglob("*.py") if path.name != "__init__.py"]
    ours = [
        path.parent.relative_to(ROOT)
        for path in found
        if not any(part[0] == "." for part in path.relative_to(ROOT).parts)
    ]
    assert {str(folder): modules for folder, modules in Counter(ours).items() if modules > 14} == {}
