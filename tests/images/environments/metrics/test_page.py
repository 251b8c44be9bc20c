"""The controller's metrics: environments by phase, whatever their names."""

import asyncio
from typing import Any, cast, get_args

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer, unused_port
from environments.exceptions import ConfigurationError, KubernetesError
from environments.metrics.page import application, exposition, serving_metrics
from environments.requests.api_paths import environments_path
from environments.status.phase import Phase
from images.environments.world import SETTINGS, FakeKubernetes, body
from prometheus_client.parser import text_string_to_metric_families


def environments(**phases: str) -> FakeKubernetes:
    objects = {}
    for name, phase in phases.items():
        objects[environments_path("environments", name)] = body(name) | {"status": {"phase": phase}}
    return FakeKubernetes(objects=objects)


def ask(kubernetes: FakeKubernetes) -> tuple[int, str]:
    async def once() -> tuple[int, str]:
        async with TestClient(TestServer(application(cast(Any, kubernetes), SETTINGS))) as client:
            response = await client.get("/metrics")
            return response.status, await response.text()

    return asyncio.run(once())


def test_environments_are_counted_by_phase_also_where_there_are_none() -> None:
    status, text = ask(environments(one="Ready", two="Ready", three="Degraded"))
    (family,) = text_string_to_metric_families(text)
    found = {sample.labels["phase"]: sample.value for sample in family.samples}
    assert status == 200
    assert found.keys() == set(get_args(Phase))
    assert {phase: number for phase, number in found.items() if number} == {"Ready": 2, "Degraded": 1}


def test_a_new_environment_without_a_status_is_pending() -> None:
    assert 'longshore_environments{phase="Pending"} 1' in exposition([{"metadata": {}}])


def test_a_cluster_that_does_not_answer_is_a_failed_scrape() -> None:
    class Away(FakeKubernetes):
        async def list(self, where: str, **_: Any) -> list[dict[str, Any]]:
            raise KubernetesError(f"The API server refused GET {where}", status=500)

    status, text = ask(Away())
    assert status == 503
    assert "/apis/" not in text


def test_its_port_is_named_when_it_is_taken() -> None:
    async def twice() -> None:
        fake, port = cast(Any, environments()), unused_port()
        async with serving_metrics(fake, SETTINGS, port=port):
            async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as response:
                assert response.status == 200
            with pytest.raises(ConfigurationError, match="--metrics-port"):
                async with serving_metrics(fake, SETTINGS, port=port):
                    pass

    asyncio.run(twice())
