"""Requests a second of each key and address: by a clock of the test's, and over a real server."""

from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from emr_containers.exceptions import TooManyRequestsException
from emr_containers.http.rates import RateLimiter, address_group
from hypothesis import given
from hypothesis import strategies as st
from images.emr_containers.conftest import Server
from images.emr_containers.raw_http import send, signed


def allowed(limiter: RateLimiter, who: str) -> bool:
    try:
        limiter.take(who, subject=who)
    except TooManyRequestsException:
        return False
    return True


@given(
    per_second=st.floats(0.5, 50),
    arrivals=st.lists(st.tuples(st.floats(0, 3), st.sampled_from(["a", "b"])), max_size=200),
)
def test_nobody_gets_more_than_a_burst_and_the_rate_whoever_else_asks(
    per_second: float, arrivals: list[tuple[float, str]]
) -> None:
    clock = 0.0
    both, alone = RateLimiter(per_second, now=lambda: clock), RateLimiter(per_second, now=lambda: clock)
    count = 0
    for pause, who in arrivals:
        clock += pause
        got = allowed(both, who)
        if who == "a":
            assert got is allowed(alone, who)
            count += got
    assert count <= max(1, 2 * per_second) + clock * per_second + 1e-6


def test_a_client_within_the_rate_is_never_refused() -> None:
    clock = 0.0
    limiter = RateLimiter(10, now=lambda: clock)
    for number in range(500):
        clock = number / 10
        assert allowed(limiter, "a")


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_one_host_is_one_sender_whatever_address_it_takes(address: str, group: str) -> None:
    assert address_group(address) == group


def test_a_key_that_asks_too_often_is_answered_429_and_boto3_tries_again(start_server: Callable[..., Server]) -> None:
    server = start_server("--requests-per-second=0.05")
    assert server.client().list_virtual_clusters()["virtualClusters"] is not None
    answer = signed(server.endpoint, "GET", "/virtualclusters")
    assert (answer.status, answer.code) == (429, "TooManyRequestsException")
    assert "--requests-per-second" in answer.message
    # Without a key the address has its share too.
    assert send(server.endpoint, "GET", "/virtualclusters", {}).code == "TooManyRequestsException"
    for mode in ("legacy", "standard"):
        emr = server.client(config=Config(retries={"mode": mode, "total_max_attempts": 2}))
        signed(server.endpoint, "GET", "/virtualclusters")  # so that the next one is too many
        with pytest.raises(ClientError) as error:
            emr.list_virtual_clusters()
        assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 1


def test_on_loopback_there_is_no_rate_by_default(server: Server, tmp_path: Path) -> None:
    assert {signed(server.endpoint, "GET", "/virtualclusters?maxResults=1").status for _ in range(250)} == {200}
