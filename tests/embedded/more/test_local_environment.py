"""`longshore env create --local`: a branch's DAGs in an Airflow on this machine, without a cluster."""

import signal
from pathlib import Path

import pytest
from longshore_cli.clients.airflow_api import AirflowApi, log_in
from support.branches import branched_checkout
from support.longshore_commands import printed_until, settings_in, started_longshore
from support.waiting import until

pytestmark = pytest.mark.xdist_group("stopped")


def test_the_branchs_dags_are_in_an_airflow_until_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    checkout = branched_checkout(tmp_path / "checkout")
    with started_longshore("env", "create", "--local", "--branch", "feature/x", root=checkout) as process:
        url = settings_in(printed_until(process, "Ctrl-C ends it"))["Airflow's page"]
        airflow = AirflowApi(url, log_in(url))

        def all_there() -> bool:
            assert process.poll() is None
            return {dag["dag_id"] for dag in airflow.get_all("dags", member="dags")} == {"one", "two"}

        until("Airflow has the branch's DAGs", all_there)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert "Nothing was left running" in process.stdout.read()
