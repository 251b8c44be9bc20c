"""Each alert fires for what its name says and for nothing else, by vmalert-tool."""

import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import yaml

SERVER, QUEUE = "emr_containers", "otelcol_exporter_queue"
NODE_POD = 'pod="collector-1",data_type="logs"'


class Case(NamedTuple):
    """An alert: series with which it is quiet, series with which it fires, its labels and its sentence then."""

    alert: str
    quiet: dict[str, str]
    provoked: dict[str, str]
    labels: dict[str, str] = {}  # noqa: RUF012  never changed
    value: str = ""


CASES = (
    Case("AirflowSchedulerNotBeating", {"airflow_scheduler_heartbeat_total": "0+12x60"},
         {"airflow_scheduler_heartbeat_total": "0+12x10 120x50"}),
    Case("AirflowDagsNotParsed", {"airflow_dag_processor_heartbeat_total": "0+12x60"},
         {"airflow_dag_processor_heartbeat_total": "0+12x10 120x50"}),
    Case("AirflowDagImportErrors", {"airflow_dag_processing_import_errors": "0x60"},
         {"airflow_dag_processing_import_errors": "2x60"}, value="2"),
    Case("AirflowTriggererNotBeating", {"airflow_triggerer_heartbeat_total": "0+12x60"},
         {"airflow_triggerer_heartbeat_total": "0+12x10 120x50"}),
    Case("JobServerDispatchesNothing",
         {f'{SERVER}_dispatcher_up{{pod="a"}}': "0x60", f'{SERVER}_dispatcher_up{{pod="b"}}': "1x60"},
         {f'{SERVER}_dispatcher_up{{pod="a"}}': "0x60", f'{SERVER}_dispatcher_up{{pod="b"}}': "1x10 0x50"}),
    Case("JobRunsWaitTooLong",
         {f'{SERVER}_oldest_waiting_job_run_seconds{{virtual_cluster="jobs",owner="ann"}}': "600x60"},
         {f'{SERVER}_oldest_waiting_job_run_seconds{{virtual_cluster="jobs",owner="ann"}}': "0+60x60"},
         {"virtual_cluster": "jobs", "owner": "ann"}, "1h 0m 0s"),
    Case("JobRunsFailForThePlatform", {f'{SERVER}_failed_job_runs{{reason="USER_ERROR"}}': "0+1x60",
                                       f'{SERVER}_failed_job_runs{{reason="INTERNAL_ERROR"}}': "5x60"},
         {f'{SERVER}_failed_job_runs{{reason="INTERNAL_ERROR"}}': "5x50 9x10"}, {"reason": "INTERNAL_ERROR"}, "4"),
    Case("JobRunsOutOfMemory", {f'{SERVER}_attempts_failed_total{{cause="other"}}': "0+1x60"},
         {f'{SERVER}_attempts_failed_total{{cause="out_of_memory"}}': "1x50 3x10"}, value="2"),
    Case("GangsTimeOut", {f'{SERVER}_attempts_failed_total{{cause="other"}}': "0+1x60"},
         {f'{SERVER}_attempts_failed_total{{cause="gang_timeout"}}': "1x50 2x10"}, value="1"),
    Case("PlatformPartNotScraped", {'up{component="server",namespace="longshore",pod="a"}': "1x60",
                                    'up{component="mine",namespace="a",pod="b"}': "0x60"},
         {'up{component="server",namespace="longshore",pod="a"}': "1x50 0x10"},
         {"component": "server", "namespace": "longshore", "pod": "a"}),
    Case("EnvironmentsDegraded",
         {'longshore_environments{phase="Ready"}': "3x60", 'longshore_environments{phase="Degraded"}': "0x60"},
         {'longshore_environments{phase="Degraded"}': "1x60"}, value="1"),
    Case("ContainersOutOfMemory",
         {'container_oom_events_total{namespace="airflow",container="scheduler",pod="a"}': "0x60"},
         {'container_oom_events_total{namespace="airflow",container="scheduler",pod="a"}': "0x50 1x10"},
         {"namespace": "airflow", "container": "scheduler"}),
    Case("DatabaseConnectionsNearLimit",
         {f"{SERVER}_database_connections": "60x60", f"{SERVER}_database_connections_limit": "200x60"},
         {f"{SERVER}_database_connections": "190x60", f"{SERVER}_database_connections_limit": "200x60"}, value="95%"),
    Case("VolumeFilling",
         {'kubelet_volume_stats_available_bytes{persistentvolumeclaim="data-s3-0",namespace="longshore"}': "50x60",
          'kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="data-s3-0",namespace="longshore"}': "100x60"},
         {'kubelet_volume_stats_available_bytes{persistentvolumeclaim="data-s3-0",namespace="longshore"}': "5x60",
          'kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="data-s3-0",namespace="longshore"}': "100x60"},
         {"persistentvolumeclaim": "data-s3-0", "namespace": "longshore"}, "5%"),
    Case("LogsNotDelivered",
         {f"{QUEUE}_size{{{NODE_POD}}}": "10x60", f"{QUEUE}_capacity{{{NODE_POD}}}": "1000x60"},
         {f"{QUEUE}_size{{{NODE_POD}}}": "900x60", f"{QUEUE}_capacity{{{NODE_POD}}}": "1000x60"},
         {"pod": "collector-1"}),
    Case("TooManySeries", {"vm_daily_series_limit_rows_dropped_total": "0x60"},
         {"vm_daily_series_limit_rows_dropped_total": "0x40 50x20"}),
)  # fmt: skip


def rules(chart: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """Each alert's group and rule, by its name."""
    groups = [
        group
        for path in sorted((chart / "rules").glob("*.yaml"))
        for group in yaml.safe_load(path.read_text())["groups"]
    ]
    return {rule["alert"]: (group["name"], rule) for group in groups for rule in group["rules"]}


def summary(case: Case, rule: dict[str, Any]) -> str:
    """The alert's sentence with the values that the case has."""
    text: str = rule["annotations"]["summary"]
    for name, value in case.labels.items():
        text = text.replace(f"{{{{ $labels.{name} }}}}", value)
    for form in ("$value", "$value | humanizeDuration", "$value | humanizePercentage"):
        text = text.replace(f"{{{{ {form} }}}}", case.value)
    return text


def as_unit_tests(case: Case, group: str, rule: dict[str, Any]) -> list[dict[str, Any]]:
    fired = {
        "exp_labels": rule["labels"] | case.labels,
        "exp_annotations": rule["annotations"] | {"summary": summary(case, rule)},
    }
    return [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "alert_rule_test": [
                {"eval_time": "1h", "groupname": group, "alertname": case.alert, "exp_alerts": expected}
            ],
        }
        for series, expected in ((case.quiet, []), (case.provoked, [fired]))
    ]


def test_every_alert_has_a_case(chart: Path) -> None:
    assert [case.alert for case in CASES] == list(rules(chart))


def test_every_alert_fires_for_what_its_name_says_and_is_quiet_otherwise(
    chart: Path, programs: dict[str, Path], tmp_path: Path
) -> None:
    known = rules(chart)
    file = tmp_path / "tests.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(path) for path in sorted((chart / "rules").glob("*.yaml"))],
                "evaluation_interval": "1m",
                "tests": [each for case in CASES for each in as_unit_tests(case, *known[case.alert])],
            }
        )
    )
    done = subprocess.run(
        [programs["vmalert-tool"], "unittest", f"--files={file}"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
