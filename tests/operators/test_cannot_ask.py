"""A job run of the real job server, which its trigger cannot ask for a while."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.hooks.job_run import ACTIVE_STATES
from longshore.hooks.job_templates import _listed, template_id
from longshore.triggers.job_run import JobRunTrigger
from longshore.waiting.watch import Watch
from support.job_runs import job
from support.serving import JobServer


def test_job_run_outlasts_a_refused_key_and_a_stopped_server_and_its_end_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, told, warning = JobServer.prepare(tmp_path), list[str](), Watch.warning

    def warn(watch: Watch, error: Exception) -> str | None:
        told.append(str(error))
        return warning(watch, error)

    def connect(connection: dict[str, Any]) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))

    async def until_told(part: str) -> None:
        while not any(part in line for line in told):
            await asyncio.sleep(0.01)

    async def watch(job_run_id: str) -> dict[str, Any]:
        connect(server.connection() | {"password": "another-secret-key"})
        watching = asyncio.create_task(anext(JobRunTrigger(job_run_id, server.cluster, "aws_default", 0.05).run()))
        await until_told("Check login and password")
        connect(server.connection())
        await asyncio.to_thread(server.component.stop)
        await until_told("Could not connect")
        (tmp_path / "done" / "it").touch()
        await asyncio.to_thread(server.start)
        return dict((await watching).payload)

    monkeypatch.setattr(Watch, "warning", warn)
    server.start()
    try:
        started = server.client.start_job_run(
            virtualClusterId=server.cluster, name="n", clientToken="t", **job("wait_for.sh", "it")
        )
        event = asyncio.run(watch(started["id"]))
    finally:
        server.stop()
    assert (event["id"], event["state"]) == (started["id"], "COMPLETED")


def test_real_server_gives_the_templates_of_a_name_and_the_unfinished_job_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = JobServer.prepare(tmp_path)
    server.start()
    try:
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(server.connection()))
        hook = EmrContainersHook()
        data = job("wait_for.sh")
        made = {
            name: server.client.create_job_template(name=name, clientToken=name, jobTemplateData=data)["id"]
            for name in ("one", "other", "one-more")
        }
        assert [template["id"] for template in _listed(hook, "one-more")] == [made["one-more"]]
        assert template_id(hook, "one") == made["one"]
        ended, waiting = (
            server.client.start_job_run(
                virtualClusterId=server.cluster, name="n", clientToken=name, **job("wait_for.sh", name)
            )["id"]
            for name in ("ended", "waiting")
        )
        hook.cancel_job_run(ended)
        while not hook.describe_job_run(ended).finished:
            pass
        found, pages = hook.unfinished_job_runs(most_pages=3)
        assert (list(found), pages) == ([waiting], 1)
        assert found[waiting].state in ACTIVE_STATES
    finally:
        server.stop()
