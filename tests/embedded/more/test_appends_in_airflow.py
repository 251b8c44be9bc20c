"""Appends in a real Airflow: a task is retried after its job had committed, and cleared after it had succeeded."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from longshore_cli.clients.airflow_api import AirflowApi, log_in
from longshore_cli.embedded.layout import Layout
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table.snapshots import Summary
from support.longshore_commands import checkout, printed_until, settings_in, started_longshore
from support.waiting import until

pytestmark = pytest.mark.xdist_group("stopped")

ROWS = 16
"""The number of rows in `airlines`."""
_DAG = """
from datetime import timedelta
from airflow.sdk import DAG
from longshore.operators import JdbcToSparkContainerOperator

with DAG("appends", schedule=None, catchup=False):
    JdbcToSparkContainerOperator(
        task_id="append", connection_id="flights_db", table="airlines", target="lake.raw.appended", mode="append",
        poll_interval=1.0, retries=1, retry_delay=timedelta(0),
    )
"""


@dataclass(frozen=True)
class Appends:
    """The DAG in an Airflow of `longshore dev`."""

    api: AirflowApi
    layout: Layout
    run: str

    @property
    def _task(self) -> str:
        return f"dags/appends/dagRuns/{self.run}/taskInstances/append"

    def killed_after_commit(self) -> bool:
        """Kills the first driver if it has committed."""
        for log in (self.layout.server / "attempts").glob("*/1/termination-log"):
            if log.read_text().endswith(f"was written: {ROWS} rows."):
                os.killpg(int(log.with_name("pid").read_text()), signal.SIGKILL)
                return True
        return False

    def wait_for(self, try_number: int) -> str:
        """Waits until this try has succeeded; returns its log."""

        def succeeded() -> bool:
            task, run = self.api.get(self._task), self.api.get(f"dags/appends/dagRuns/{self.run}")
            return (task["try_number"], task["state"], run["state"]) == (try_number, "success", "success")

        until(lambda: f"try {try_number} succeeds; {self.api.get(self._task)}", succeeded, seconds=300.0)
        # A job run gets its tag after its task's end.
        until("its job run is tagged", lambda: "has the tag" in self._log(try_number))
        return self._log(try_number)

    def _log(self, try_number: int) -> str:
        return json.dumps(self.api.get(f"{self._task}/logs/{try_number}")["content"])

    def clear(self) -> None:
        body = {"dry_run": False, "dag_run_id": self.run, "task_ids": ["append"], "only_failed": False}
        self.api.call("POST", "dags/appends/clearTaskInstances", body)

    def table(self) -> tuple[int, Summary]:
        """The number of the table's rows, and the summary of its last snapshot."""
        address: dict[str, Any] = json.loads((self.layout.connections / "lake_catalog.json").read_text())
        user = f"{address['login']}:{address['password']}"
        uri = f"postgresql+psycopg2://{user}@{address['host']}:{address['port']}/{address['schema']}"
        lake = SqlCatalog("lake", uri=uri, warehouse=self.layout.lake.as_uri(), init_catalog_tables="false")
        found = lake.load_table("raw.appended")
        last = found.current_snapshot()
        assert last is not None
        assert last.summary is not None
        return len(found.scan().to_arrow()), last.summary


@pytest.fixture(scope="module")
def appends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appends]:
    root = checkout(tmp_path_factory.mktemp("appends"))
    (root / "dags").unlink()
    (root / "dags").mkdir()
    (root / "dags" / "appends.py").write_text(_DAG)
    with started_longshore("dev", root=root) as process:
        url = settings_in(printed_until(process, "Ctrl-C ends it"))["Airflow's page"]
        api = AirflowApi(url, log_in(url))
        until("Airflow has the DAG", lambda: api.get_all("dags", member="dags"), seconds=120.0)
        api.unpause("appends")
        yield Appends(api, Layout(root), api.trigger("appends"))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_a_task_that_is_retried_after_its_commit_or_cleared_after_its_success_has_its_rows_once(
    appends: Appends,
) -> None:
    until("a driver is killed after its commit", appends.killed_after_commit, every=0.01, seconds=300.0)
    retried = appends.wait_for(2)
    assert "had committed this task's rows" in retried
    rows, committed = appends.table()
    assert rows == ROWS
    appends.clear()
    assert "had committed this task's rows" not in appends.wait_for(3)
    rows, again = appends.table()
    assert rows == ROWS
    assert (again["added-records"], again["deleted-records"]) == (str(ROWS), str(ROWS))
    assert committed["added-records"] == str(ROWS)
