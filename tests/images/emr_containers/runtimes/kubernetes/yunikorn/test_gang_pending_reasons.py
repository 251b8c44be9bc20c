"""The texts that a user reads while a gang waits, and when it has waited too long."""

from decimal import Decimal
from typing import Any

import pytest
from emr_containers.runtimes.kubernetes.manifest.gang import Gang, TaskGroup
from emr_containers.runtimes.kubernetes.yunikorn.applications import Application, Ask
from emr_containers.runtimes.kubernetes.yunikorn.gang_pending_reasons import (
    WaitingRun,
    gang_needs,
    no_answer_details,
    node_reason,
    queue_reason,
    rejected_details,
    subject,
    timed_out_details,
    unknown_details,
    waiting_details,
)
from emr_containers.runtimes.kubernetes.yunikorn.queue_tree import path_to, read_queues
from images.emr_containers.runtimes.kubernetes.yunikorn_answers import GIB, queue, resources, tree

EACH = {"cpu": Decimal(1), "memory": Decimal("1.5") * GIB}


def gang(executors: int = 8) -> Gang:
    groups = [TaskGroup(name="spark-driver", members=1, requests=EACH)]
    if executors:
        groups.append(TaskGroup(name="spark-executor", members=executors, requests=EACH))
    return Gang(groups=tuple(groups))


def asks(many: int, *, last: str | None = None, placeholder: bool = True) -> tuple[Ask, ...]:
    return many * (Ask(placeholder=placeholder, resources=EACH | {"pods": Decimal(1)}, last=last),)


def waiting(
    *, of: Gang | None = None, pending: tuple[Ask, ...] | None = None, placed: int = 0, **more: Any
) -> WaitingRun:
    of = gang() if of is None else of
    application = Application(
        **{"queue": "root.jobs.team-a", "user": "team-a", "state": "Accepted", "timed_out": False} | more,
        placed=placed,
        asks=asks(of.pods - placed) if pending is None else pending,
    )
    return WaitingRun(gang=of, application=application)


def without_gang(*pending: Ask) -> WaitingRun:
    return WaitingRun(gang=None, application=waiting(pending=pending).application)


def team(**members: Any) -> Any:
    return path_to(read_queues(tree(**members)), "root.jobs.team-a")


def told(of: WaitingRun, **members: Any) -> str:
    why = queue_reason(of, team(**members))
    assert why is not None
    text = waiting_details(of, why)
    assert len(text) <= 256  # the API shows no more
    return text


def shown(of: WaitingRun, *nodes: dict[str, Decimal]) -> str:
    text = waiting_details(of, node_reason(of, nodes))
    assert len(text) <= 256
    return text


def free(cores: float, gib: float) -> dict[str, Decimal]:
    return {"cpu": Decimal(cores), "memory": Decimal(gib) * GIB, "pods": Decimal(100)}


HALF_FULL = {"maxResource": resources(cores=64, gib=20), "allocatedResource": resources(cores=4, gib=13, pods=3)}


def test_a_gang_is_called_by_its_members() -> None:
    assert subject(gang()) == "The gang of 1 driver and 8 executors"
    assert subject(gang(1)) == "The gang of 1 driver and 1 executor"
    assert subject(gang(0)) == "The gang of 1 driver"
    assert subject(None) == "The driver"


def test_a_gang_counts_for_its_pods_too() -> None:
    assert gang_needs(gang()) == {"cpu": Decimal(9), "memory": Decimal("13.5") * GIB, "pods": Decimal(9)}


def test_a_queue_at_its_limit_is_told_with_what_is_left() -> None:
    assert told(waiting(), **HALF_FULL) == (
        "The gang of 1 driver and 8 executors waits in queue root.jobs.team-a: it needs 9 cpu and 13824 MiB memory; "
        "the queue has 7168 MiB memory free of its 20480 MiB memory."
    )


def test_of_a_gang_that_has_a_part_the_rest_is_told() -> None:
    assert told(waiting(placed=3), **HALF_FULL | {"allocatedResource": resources(cores=64, gib=19)}) == (
        "The gang of 1 driver and 8 executors waits in queue root.jobs.team-a: 3 of 9 placeholders have a node; the "
        "others need 6 cpu and 9216 MiB memory; the queue has no cpu and 1024 MiB memory free of its 64 cpu and 20480 "
        "MiB memory."
    )


def test_the_queue_above_that_is_at_its_limit_is_named() -> None:
    within = queue("root.jobs", queue("root.jobs.team-a"), maxResource=resources(pods=10))
    full = within | {"allocatedResource": resources(pods=10)}
    why = queue_reason(waiting(), path_to(read_queues(queue("root", full)), "root.jobs.team-a"))
    assert why == "it needs 9 cpu and 13824 MiB memory; its parent root.jobs has no pods free of its 10 pods"


def test_a_gang_behind_as_many_others_as_may_run_is_told_so() -> None:
    busy = {"maxRunningApps": 2, "runningApps": 2}
    assert told(waiting(), **busy) == (
        "The gang of 1 driver and 8 executors waits in queue root.jobs.team-a: the queue runs 2 applications, as many "
        "as its maxapplications allows."
    )
    # One that has begun is among those that run.
    assert queue_reason(waiting(placed=1), team(**busy)) is None


def test_a_users_own_limit_is_told() -> None:
    of = waiting(pending=asks(9, last="Not enough user quota"))
    assert told(of).endswith("it needs 9 cpu and 13824 MiB memory; its user 'team-a' has no more in that queue.")


def test_a_queue_with_room_keeps_no_run_waiting_and_an_unknown_one_neither() -> None:
    assert queue_reason(waiting(), team()) is None
    assert queue_reason(waiting(), ()) is None


def test_a_cluster_that_is_full_is_told_with_what_the_nodes_have() -> None:
    assert shown(waiting(), free(2, 3), free(1, 0)) == (
        "The gang of 1 driver and 8 executors waits in queue root.jobs.team-a: it needs 9 cpu and 13824 MiB memory; "
        "the nodes have 3 cpu and 3072 MiB memory free."
    )
    assert shown(waiting(placed=7), free(0, 64)).endswith(
        "7 of 9 placeholders have a node; the others need 2 cpu and 3072 MiB memory; the nodes have no cpu free."
    )
    assert shown(waiting()).endswith("it needs 9 cpu and 13824 MiB memory; no node accepts pods.")


def test_room_in_pieces_too_small_is_told() -> None:
    assert shown(waiting(), *(free(100, 1) for _ in range(20))).endswith(
        "no node has 1 cpu and 1536 MiB memory free for one pod."
    )


def test_what_yunikorn_itself_says_of_nodes_is_told_where_there_is_room() -> None:
    of = waiting(pending=asks(9, last="node(s) had untolerated taint"))
    assert shown(of, free(64, 256)).endswith(
        "it needs 9 cpu and 13824 MiB memory; YuniKorn says: node(s) had untolerated taint."
    )
    assert shown(waiting(), free(64, 256)).endswith("it needs 9 cpu and 13824 MiB memory.")


def test_a_gang_that_begins_or_is_complete_is_told_so() -> None:
    assert shown(waiting(pending=())).endswith("waits in queue root.jobs.team-a: its placeholders are being created.")
    assert shown(waiting(pending=(), placed=9)).endswith("all 9 placeholders have a node; the driver replaces its own.")
    assert shown(waiting(pending=asks(1, placeholder=False), placed=9), free(0, 0)).endswith(
        "the driver needs 1 cpu and 1536 MiB memory; the nodes have no cpu and no memory free."
    )


def test_a_gang_that_is_none_any_more_is_told_so() -> None:
    alone = asks(1, placeholder=False)
    assert shown(waiting(pending=alone, timed_out=True), free(0, 0)) == (
        "The driver waits in queue root.jobs.team-a, without its gang, which was not complete in time (Soft): it needs "
        "1 cpu and 1536 MiB memory; the nodes have no cpu and no memory free."
    )
    assert "without its gang, which was refused its placeholders: it needs" in shown(waiting(pending=alone), free(0, 0))


def test_a_job_without_a_gang_waits_as_its_driver() -> None:
    assert shown(without_gang(*asks(1, placeholder=False)), free(0, 9)) == (
        "The driver waits in queue root.jobs.team-a: it needs 1 cpu and 1536 MiB memory; the nodes have no cpu free."
    )
    assert shown(without_gang()) == "The driver waits in queue root.jobs.team-a: YuniKorn has just received it."


def test_a_run_that_yunikorn_does_not_have_is_told_so() -> None:
    assert (
        unknown_details(gang(), rejection=None)
        == "The gang of 1 driver and 8 executors waits for YuniKorn to take it up."
    )
    assert unknown_details(None, rejection="no rule matched") == "The driver is rejected by YuniKorn: no rule matched"


def test_a_yunikorn_that_does_not_answer_is_told_with_its_address() -> None:
    assert no_answer_details(gang(), url="http://yunikorn:9080", reason="no answer within 5 s") == (
        "The gang of 1 driver and 8 executors waits; YuniKorn does not answer at http://yunikorn:9080: no answer "
        "within 5 s."
    )


@pytest.mark.parametrize(
    ("of", "seconds", "why", "text"),
    [
        (
            gang(),
            60,
            "3 of 9 placeholders have a node; the others need 6 cpu; the nodes have no cpu free",
            "The gang of 1 driver and 8 executors could not be placed within 60 s (Hard): 3 of 9 placeholders have a "
            "node; the others need 6 cpu; the nodes have no cpu free.",
        ),
        (
            gang(1),
            None,
            None,
            "The gang of 1 driver and 1 executor could not be placed within 900 s (Hard): it needs 2 cpu and 3072 MiB "
            "memory.",
        ),
    ],
)
def test_a_hard_gang_that_was_not_complete_in_time_says_why(of: Any, seconds: Any, why: Any, text: str) -> None:
    assert timed_out_details(of, seconds=seconds, why=why) == text


def test_a_rejected_run_has_yunikorns_reason() -> None:
    assert rejected_details(gang(), message="no placement rule matched") == (
        "The gang of 1 driver and 8 executors was rejected by YuniKorn: no placement rule matched"
    )
