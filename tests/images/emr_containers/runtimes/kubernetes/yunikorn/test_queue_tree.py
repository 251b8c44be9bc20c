"""YuniKorn's queues: where an application goes, what it may have there, and how its gangs are scheduled."""

from decimal import Decimal
from typing import Any

import pytest
from emr_containers.runtimes.kubernetes.yunikorn.queue_tree import (
    GangDefaults,
    Queue,
    full_queue,
    gang_defaults,
    never_fits,
    path_to,
    placement_path,
    read_queues,
    shortage,
)
from images.emr_containers.runtimes.kubernetes.yunikorn_answers import GIB, Answer, queue, resources, tree

TREE = read_queues(tree())


def needs(*, cores: float = 0, gib: float = 0, pods: int = 0) -> dict[str, Decimal]:
    return {"cpu": Decimal(cores), "memory": Decimal(gib) * GIB, "pods": Decimal(pods)}


def team(**members: Any) -> tuple[Queue, ...]:
    return path_to(read_queues(tree(**members)), "root.jobs.team-a")


def limited(**parent: Any) -> tuple[Queue, ...]:
    """A queue of 10 cores and 20 GiB, half of it taken, in one with these members."""
    own = queue(
        "root.jobs.a", maxResource=resources(cores=10, gib=20), allocatedResource=resources(cores=5, gib=10, pods=9)
    )
    within = queue("root.jobs", own, **parent)
    return path_to(read_queues(queue("root", within, maxResource=resources(cores=1, gib=1))), "root.jobs.a")


def test_a_queue_is_read_in_cores_and_bytes() -> None:
    *_, own = team(
        maxResource={"vcore": 2500, "memory": 2 * GIB, "ephemeral-storage": 7, "nvidia.com/gpu": 1},
        guaranteedResource=resources(cores=1),
        allocatedResource=resources(pods=3),
        pendingResource=resources(cores=0.25),
        maxRunningApps=4,
        runningApps=1,
        properties={"application.sort.policy": "fifo"},
    )
    assert own == Queue(
        name="root.jobs.team-a",
        leaf=True,
        max={"cpu": Decimal("2.5"), "memory": Decimal(2 * GIB), "ephemeral-storage": 7, "nvidia.com/gpu": 1},
        guaranteed={"cpu": Decimal(1)},
        allocated={"pods": Decimal(3)},
        pending={"cpu": Decimal("0.25")},
        running=1,
        max_running=4,
        draining=False,
        properties={"application.sort.policy": "fifo"},
        children=(),
    )


def test_what_yunikorn_leaves_out_is_nothing() -> None:
    bare = read_queues({"queuename": "root", "partition": "default", "isLeaf": False})
    assert (bare.max, bare.allocated, bare.properties, bare.children) == ({}, {}, {}, ())
    assert (bare.running, bare.max_running) == (0, None)


@pytest.mark.parametrize("answer", [{}, {"queuename": "root"}, {"queuename": "root", "isLeaf": 1, "children": [[]]}])
def test_an_answer_of_another_form_is_an_error(answer: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        read_queues(answer)


@pytest.mark.parametrize(
    ("namespace", "user", "name"),
    [
        ("jobs", "team-a", "root.jobs.team-a"),
        ("jobs", "Team-A", "root.jobs.team-a"),  # YuniKorn looks for queues in lower case
        ("jobs", "a.b", "root.jobs.a_dot_b"),
        ("jobs", "somebody", "root.jobs.default"),
        ("jobs", None, "root.jobs.default"),
        ("other", "team-a", "root.default"),
    ],
)
def test_an_application_goes_by_its_namespace_and_user(namespace: str, user: str | None, name: str) -> None:
    path = placement_path(TREE, namespace=namespace, user=user)
    assert [one.name for one in path] == [name[:at] for at, letter in enumerate(name) if letter == "."] + [name]


def test_an_application_without_a_user_is_nobodys() -> None:
    nobody = read_queues(queue("root", queue("root.jobs", queue("root.jobs.nobody"), queue("root.jobs.default"))))
    assert placement_path(nobody, namespace="jobs", user=None)[-1].name == "root.jobs.nobody"


def test_a_queue_that_takes_none_any_more_or_holds_others_is_passed_over() -> None:
    own = placement_path(read_queues(tree(status="Draining")), namespace="jobs", user="team-a")
    assert own[-1].name == "root.jobs.default"
    parent = queue("root.jobs.team-a", queue("root.jobs.team-a.x"))
    within = queue("root.jobs", parent)
    assert placement_path(
        read_queues(queue("root", within, queue("root.default"))), namespace="jobs", user="team-a"
    ) == (path_to(read_queues(queue("root", within, queue("root.default"))), "root.default"))


def test_what_yunikorn_rejects_is_in_no_queue() -> None:
    no_default = read_queues(queue("root", queue("root.jobs", queue("root.jobs.team-a"))))
    assert placement_path(no_default, namespace="jobs", user="team-b") == ()
    # With each point replaced it has more characters than a queue's name may have.
    assert placement_path(TREE, namespace="jobs", user="a.b.c.d.e.f.g.h.i.j.k.l.m") == ()
    assert placement_path(TREE, namespace="other", user="a.b.c.d.e.f.g.h.i.j.k.l.m") == ()


def test_a_namespace_may_have_one_queue_for_all_its_users() -> None:
    def flat(**members: Any) -> Queue:
        return read_queues(queue("root", queue("root.jobs", **members), queue("root.default")))

    assert placement_path(flat(), namespace="jobs", user="team-a")[-1].name == "root.jobs"
    assert placement_path(flat(), namespace="jobs", user="a.b.c.d.e.f.g.h.i.j.k.l.m")[-1].name == "root.jobs"
    # The rules for a queue within it find an error then.
    assert placement_path(flat(status="Draining"), namespace="jobs", user="team-a") == ()


def test_an_environment_is_judged_by_what_all_have_together() -> None:
    def cluster(*made: Answer, **members: Any) -> Queue:
        parent = queue("root.environments", *made, isLeaf=False, maxResource=resources(cores=4), **members)
        return read_queues(queue("root", parent, queue("root.default")))

    def name(tree: Queue, namespace: str = "env-mine", user: str | None = "team-a") -> str | None:
        path = placement_path(tree, namespace=namespace, user=user)
        return path[-1].name if path else None

    assert name(cluster()) == "root.environments"
    # What its own queue may have is of the run before, and a new limit comes with the next one.
    old = queue("root.environments.env-mine", isManaged=False, maxResource=resources(cores=1))
    path = placement_path(cluster(old), namespace="env-mine", user=None)
    assert never_fits(path, needs(cores=2)) is None
    assert never_fits(path, needs(cores=5)) is not None
    # Its user says nothing there, nor does a queue of its name elsewhere.
    assert name(cluster(), user="a.b.c.d.e.f.g.h.i.j.k.l.m") == "root.environments"
    # Namespaces of others go on as before.
    assert name(cluster(), namespace="jobs") == name(cluster(), namespace="environments") == "root.default"


def test_without_a_queue_for_environments_theirs_is_that_of_any_namespace() -> None:
    def name(parent: Answer) -> str | None:
        path = placement_path(
            read_queues(queue("root", parent, queue("root.default"))), namespace="env-mine", user=None
        )
        return path[-1].name if path else None

    assert name(queue("root.jobs")) == "root.default"
    assert name(queue("root.env-mine")) == "root.env-mine"
    assert name(queue("root.environments")) == "root.default"  # it is the queue of a namespace of that name
    assert name(queue("root.environments", isLeaf=False, status="Draining")) is None


def test_a_path_ends_at_the_queue_and_there_is_none_to_one_that_is_not_there() -> None:
    assert [one.name for one in path_to(TREE, "root.jobs")] == ["root", "root.jobs"]
    assert path_to(TREE, "root.jobs.x") == path_to(TREE, "jobs") == path_to(TREE, "") == ()


def test_a_queue_that_has_enough_left_is_short_of_nothing() -> None:
    assert shortage(limited(), needs(cores=5, gib=10, pods=1000)) is None  # of pods it says nothing
    assert shortage(team(), needs(cores=10**6)) is None


def test_the_queues_own_limit_is_told_with_what_is_short() -> None:
    short = shortage(limited(), needs(cores=5, gib=12))
    assert short is not None
    assert short.queue.name == "root.jobs.a"
    assert (short.free, short.most) == ({"memory": Decimal(10 * GIB)}, {"memory": Decimal(20 * GIB)})


def test_a_limit_above_the_queue_holds_too() -> None:
    path = limited(maxResource=resources(cores=8), allocatedResource=resources(cores=9))
    short = shortage(path, needs(cores=1))
    assert short is not None
    # More may be taken than allowed, where the limit was lowered.
    assert (short.queue.name, short.free, short.most) == ("root.jobs", {"cpu": Decimal(0)}, {"cpu": Decimal(8)})


def test_the_nodes_are_no_limit_of_a_queue() -> None:
    assert shortage(limited(), needs(cores=2)) is None  # the root has 1
    assert never_fits(limited(), needs(cores=10)) is None


@pytest.mark.parametrize(
    ("parent", "needed", "told"),
    [
        ({}, needs(cores=10, gib=20), None),  # whatever else is there now
        ({}, needs(cores=11), ("root.jobs.a", {"cpu": 10})),
        ({}, needs(cores=1, gib=20.5), ("root.jobs.a", {"memory": 20 * GIB})),
        ({"maxResource": resources(pods=4)}, needs(cores=1, pods=5), ("root.jobs", {"pods": 4})),
        ({"maxResource": resources(cores=0)}, needs(cores=1), ("root.jobs", {"cpu": 0})),
    ],
)
def test_what_a_queue_could_never_hold_is_told(parent: Any, needed: dict[str, Decimal], told: Any) -> None:
    found = never_fits(limited(**parent), needed)
    assert (None if found is None else (found.queue.name, found.most)) == told


def test_a_queue_with_as_many_applications_as_may_run_is_full() -> None:
    assert full_queue(team(maxRunningApps=2, runningApps=1)) is None
    assert full_queue(team(runningApps=100)) is None
    found = full_queue(team(maxRunningApps=2, runningApps=2))
    assert found is not None
    assert found.name == "root.jobs.team-a"
    assert (
        full_queue(team(maxRunningApps=2, runningApps=1, allocatingAcceptedApps=["begins"]))
        == (team(maxRunningApps=2, runningApps=1, allocatingAcceptedApps=["begins"])[-1])
    )


@pytest.mark.parametrize(
    ("properties", "defaults"),
    [
        ({}, GangDefaults()),
        ({"longshore.gang.style": "Hard", "longshore.gang.timeout": "60"}, GangDefaults(style="Hard", timeout=60)),
        ({"longshore.gang.style": "Soft"}, GangDefaults(style="Soft")),
        ({"longshore.gang.style": "hard", "longshore.gang.timeout": "1m"}, GangDefaults()),
        ({"longshore.gang.timeout": "0"}, GangDefaults()),
        ({"longshore.gang.timeout": "-5"}, GangDefaults()),
    ],
)
def test_a_queue_may_say_how_its_gangs_are_scheduled(properties: dict[str, str], defaults: GangDefaults) -> None:
    assert gang_defaults(team(properties=properties)[-1]) == defaults
