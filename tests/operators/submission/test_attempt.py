import re
from dataclasses import replace

import pytest
from longshore.submission.attempt import Attempt, client_token, instance_digest, job_run_name

ATTEMPT = Attempt(
    environment="default",
    dag_id="flights",
    run_id="manual__2026-01-01T00:00:00+00:00",
    task_id="raw.load",
    map_index=-1,
    try_number=1,
    instance_id="0197",
)
CHANGES = {
    "environment": "feature",
    "dag_id": "other",
    "run_id": "other",
    "task_id": "other",
    "map_index": 0,
    "try_number": 2,
    "instance_id": "0198",
}


def test_token_is_64_hexadecimal_digits_and_stable() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", client_token(ATTEMPT))
    assert client_token(ATTEMPT) == client_token(replace(ATTEMPT))


@pytest.mark.parametrize("field", CHANGES)
def test_token_differs_with_every_part_of_the_attempt(field: str) -> None:
    assert client_token(replace(ATTEMPT, **{field: CHANGES[field]})) != client_token(ATTEMPT)


def test_token_differs_with_every_step() -> None:
    assert len({client_token(ATTEMPT, step) for step in range(4)}) == 4
    assert client_token(ATTEMPT, 0) == client_token(ATTEMPT)


def test_token_keeps_parts_apart() -> None:
    one = replace(ATTEMPT, dag_id="a", run_id="bc")
    other = replace(ATTEMPT, dag_id="ab", run_id="c")
    assert client_token(one) != client_token(other)


def test_name_is_shared_by_tries_and_by_nothing_else() -> None:
    assert job_run_name(replace(ATTEMPT, try_number=2, instance_id="x")) == job_run_name(ATTEMPT)
    for field in ("environment", "dag_id", "run_id", "task_id", "map_index"):
        assert job_run_name(replace(ATTEMPT, **{field: CHANGES[field]})) != job_run_name(ATTEMPT)


def test_digest_is_that_of_the_task_instance_whatever_its_try() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", instance_digest(ATTEMPT))
    assert instance_digest(replace(ATTEMPT, try_number=2, instance_id="x")) == instance_digest(ATTEMPT)
    for field in ("environment", "dag_id", "run_id", "task_id", "map_index"):
        assert instance_digest(replace(ATTEMPT, **{field: CHANGES[field]})) != instance_digest(ATTEMPT)


@pytest.mark.parametrize("label", [None, "täglich: Flüge", "x" * 100])
def test_name_fits_the_api(label: str | None) -> None:
    assert re.fullmatch(r"[.\-_/#A-Za-z0-9]{1,64}", job_run_name(ATTEMPT, label))


def test_name_begins_with_what_people_read() -> None:
    assert job_run_name(ATTEMPT).startswith("flights.raw.load-")
    assert job_run_name(ATTEMPT, "nightly").startswith("nightly-")


def test_attempt_of_a_task_instance_that_is_not_mapped(make_ti: type) -> None:
    ti = make_ti()
    assert Attempt.of(ti, environment="e") == Attempt("e", ti.dag_id, ti.run_id, ti.task_id, -1, 1, "0197")
    ti.map_index = None
    assert Attempt.of(ti, environment="e").map_index == -1
