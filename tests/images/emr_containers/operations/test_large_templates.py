"""Small requests that are as much work as large ones: they wait for each other, and nobody else waits for them."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import httpx
from emr_containers.http.app import build_application
from emr_containers.http.service import Service
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.settings import Release, Settings
from emr_containers.store.database import Database
from images.emr_containers.raw_http import sign
from support.job_runs import ROLE
from support.serving import ACCESS_KEY, SECRET_KEY

URL = "http://test"
STARTS = 45
"""More than the server has threads."""


class Holding(ProcessRuntime):
    """A runtime that keeps starts at work until it is told to let them go, and counts them."""

    def __init__(self, folder: Path, releases: dict[str, Release]) -> None:
        super().__init__(state_directory=folder, default_logs=folder / "logs", releases=releases)
        self.goes_on, self.came, self.at_work, self.most = threading.Event(), threading.Event(), 0, 0

    def check(self, _spec: JobSpec) -> None:
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        self.came.set()
        assert self.goes_on.wait(60)
        self.at_work -= 1


async def asked(client: httpx.AsyncClient, method: str, path: str, request: dict[str, Any] | None = None) -> Any:
    body = b"" if request is None else json.dumps(request).encode()
    answer = await client.request(method, URL + path, content=body, headers=sign(URL, method, path, body))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_case_6_starts_of_a_large_template_by_many_go_one_by_one_and_others_are_answered(tmp_path: Path) -> None:
    shell = Release(label="shell", kind="container", command=("/bin/sh",), application_directory=tmp_path)
    settings = Settings(state_directory=tmp_path, database_url="", releases={"shell": shell}, max_running=1)
    database, runtime = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}"), Holding(tmp_path, settings.releases)
    service = Service(settings=settings, keys={ACCESS_KEY: SECRET_KEY}, database=database, runtime=runtime)
    driver = {"entryPoint": "local:///opt/longshore/none.sh", "entryPointArguments": ["${a}"] * 3_000}
    data = {"executionRoleArn": ROLE, "releaseLabel": "shell", "jobDriver": {"sparkSubmitJobDriver": driver}}
    data |= {"parameterConfiguration": {"a": {"type": "STRING"}}}
    provider = {"type": "EKS", "id": "x", "info": {"eksInfo": {"namespace": "x"}}}

    async def attack() -> int:
        application = build_application(service)
        transport = httpx.ASGITransport(app=application)
        async with application.router.lifespan_context(application), httpx.AsyncClient(transport=transport) as client:
            made = {"name": "x", "clientToken": "x"}
            cluster = (await asked(client, "POST", "/virtualclusters", made | {"containerProvider": provider}))["id"]
            template = (await asked(client, "POST", "/jobtemplates", made | {"jobTemplateData": data}))["id"]
            path = f"/virtualclusters/{cluster}/jobruns"
            start = {"jobTemplateId": template, "jobTemplateParameters": {"a": "x"}}
            starts = [
                asyncio.create_task(asked(client, "POST", path, start | {"clientToken": str(number)}))
                for number in range(STARTS)
            ]
            await asyncio.to_thread(runtime.came.wait, 60)
            await asked(client, "GET", "/virtualclusters")  # although all of the starts have come
            assert not any(each.done() for each in starts)
            runtime.goes_on.set()
            return len({answer["id"] for answer in await asyncio.gather(*starts)})

    assert asyncio.run(attack()) == STARTS
    assert runtime.most == 1
