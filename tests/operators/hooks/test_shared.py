import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from longshore.hooks.shared import SharedHook


@pytest.fixture
def shared(api: Any, connect: Callable[..., None]) -> SharedHook:
    connect(api.url)
    return SharedHook("aws_default")


def test_all_threads_and_virtual_clusters_share_one_client(shared: SharedHook) -> None:
    hooks = []
    threads = [threading.Thread(target=lambda n=n: hooks.append(shared.get(f"vc{n}"))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {hook.virtual_cluster_id for hook in hooks} == {f"vc{n}" for n in range(8)}
    assert len({id(hook.client) for hook in hooks}) == 1


def test_a_changed_connection_counts_after_a_failure(
    shared: SharedHook, api: Any, connect: Callable[..., None]
) -> None:
    first = shared.get("vc1")
    connect("http://127.0.0.1:9")
    assert shared.get("vc1").client is first.client
    shared.forget()
    assert shared.get("vc1").settings.endpoint_url == "http://127.0.0.1:9"


def test_a_client_that_may_be_too_old_is_made_anew_once(shared: SharedHook) -> None:
    first, asked = shared.get("vc1"), time.monotonic()
    second = shared.get("vc1", newer_than=asked)
    assert second.client is not first.client
    assert shared.get("vc1", newer_than=asked).client is second.client
