"""`longshore demo`: runs the main job on this machine, from the database to the picture, and prints a summary."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from longshore_cli.base.processes import Processes
from longshore_cli.embedded.airflow import Airflow, StartingAirflow, start_airflow, wait_for_dag
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.platform import Platform, embedded_platform
from longshore_cli.exceptions import CliError, DagRunFailedError

DAG_ID = "flights_lake"
_LONGEST_RUN_SECONDS = 30 * 60
# The DAGs do not change during the demo, and parsing all of them every 30 seconds would slow down the jobs. (A changed
# file is still parsed at once.)
_AIRFLOW = {"AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": str(_LONGEST_RUN_SECONDS)}


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """One task of the run, for the summary."""

    task_id: str
    state: str
    seconds: float
    rows_read: int
    rows_written: int


def run_demo(root: Path) -> None:
    """Runs the DAG `flights_lake` in an Airflow of its own, and prints the results.

    Raises:
        CliError: a part did not start, the DAG failed, or the user stopped it.
    """
    console = Console(highlight=False)
    started = time.monotonic()

    def say(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.1f} s[/dim]  {line}", soft_wrap=True)

    starting: list[StartingAirflow] = []

    def start(processes: Processes, layout: Layout) -> None:
        say("Airflow starts")
        starting.append(start_airflow(processes, layout, settings=_AIRFLOW))

    try:
        with embedded_platform(root.resolve(), say, start_alongside=start) as platform:
            platform.server.cancel_unfinished()
            airflow = starting[0].wait()
            wait_for_dag(airflow, platform.processes, DAG_ID)
            say(f"Airflow answers at {airflow.url}; the DAG {DAG_ID} is parsed")
            airflow.fail_unfinished_runs(DAG_ID)  # a stopped demo must not continue next to this one
            airflow.unpause(DAG_ID)
            run_id = airflow.trigger(DAG_ID)
            rows = _follow(airflow, platform, run_id, say)
            _summary(console, platform, rows)
    except KeyboardInterrupt:
        raise CliError("Stopped. Nothing was left running.") from None
    console.print(f"demo: ok ({(time.monotonic() - started) / 60:.1f} min)")


def _follow(airflow: Airflow, platform: Platform, run_id: str, say: Any) -> list[TaskRow]:
    known: dict[str, str] = {}
    deadline = time.monotonic() + _LONGEST_RUN_SECONDS
    while time.monotonic() < deadline:
        platform.processes.check()
        instances = airflow.get(f"dags/{DAG_ID}/dagRuns/{run_id}/taskInstances")["task_instances"]
        for instance in instances:
            state = _state(instance["state"])
            if state is not None and known.get(instance["task_id"]) != state:
                known[instance["task_id"]] = state
                say(f"{instance['task_id']}: {state}")
        run = airflow.get(f"dags/{DAG_ID}/dagRuns/{run_id}")["state"]
        if run == "success":
            return [_row(airflow, run_id, instance) for instance in instances]
        if run == "failed":
            failed = [instance["task_id"] for instance in instances if instance["state"] == "failed"]
            reason = airflow.failure(DAG_ID, run_id, failed[0]) if failed else ""
            raise DagRunFailedError(
                f"The DAG {DAG_ID!r} failed at {', '.join(failed)}: {reason}\n"
                f"The tasks' logs are in {str(platform.layout.airflow / 'logs' / f'dag_id={DAG_ID}')!r}."
            )
        time.sleep(0.5)
    raise DagRunFailedError(f"The DAG {DAG_ID!r} did not end within {_LONGEST_RUN_SECONDS // 60} minutes.")


def _state(state: str | None) -> str | None:
    # Airflow's states between two states of the job are no progress for the user.
    return {"running": "running", "deferred": "running", "success": "done", "failed": "failed"}.get(state or "")


def _row(airflow: Airflow, run_id: str, instance: dict[str, Any]) -> TaskRow:
    task_id = instance["task_id"]
    path = f"dags/{DAG_ID}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/return_value"
    value = airflow.get(path)["value"]
    return TaskRow(
        task_id=task_id,
        state=instance["state"],
        seconds=instance["duration"],
        rows_read=value["source"]["rows"],
        rows_written=value["sink"]["rows"],
    )


def _summary(console: Console, platform: Platform, rows: list[TaskRow]) -> None:
    tasks = Table("task", "state", title=f"DAG {DAG_ID}", title_justify="left")
    for heading in ("seconds", "rows read", "rows written"):
        tasks.add_column(heading, justify="right")
    for row in rows:
        tasks.add_row(row.task_id, row.state, f"{row.seconds:.1f}", f"{row.rows_read:,}", f"{row.rows_written:,}")
    console.print(tasks)
    routes = Table("from", "to", "airport", title="The ten worst routes by mean delay", title_justify="left")
    for heading in ("flights", "mean delay, min", "90th percentile, min"):
        routes.add_column(heading, justify="right")
    for route in _worst_routes(platform):
        routes.add_row(*route)
    console.print(routes)
    layout = platform.layout
    for name, place in (
        ("tables", layout.lake),
        ("picture", layout.reports / "delays.png"),
        ("task logs", layout.airflow / "logs"),
        ("job logs", layout.job_logs),
        ("event logs", layout.event_logs),
    ):
        console.print(f"{name + ':':12}{place}", soft_wrap=True)


def _worst_routes(platform: Platform) -> Iterator[list[str]]:
    with platform.postgres.connect("flights") as connection:
        # The mean of a few flights says little.
        for row in connection.execute(
            "SELECT origin, dest, coalesce(dest_name, ''), flights, mean_delay_minutes, p90_delay_minutes "
            "FROM serving.route_delays WHERE flights >= 100 ORDER BY mean_delay_minutes DESC NULLS LAST LIMIT 10"
        ):
            yield [f"{value:.1f}" if isinstance(value, float) else str(value) for value in row]
