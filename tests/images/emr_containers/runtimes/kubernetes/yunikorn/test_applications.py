"""YuniKorn's applications: what has a node, what has none, and why."""

from decimal import Decimal
from typing import Any

import pytest
from emr_containers.runtimes.kubernetes.yunikorn.applications import (
    Application,
    Ask,
    read_application,
    read_applications,
    read_rejections,
)
from images.emr_containers.runtimes.kubernetes.yunikorn_answers import APPLICATION, GIB, allocation, application, ask

EACH = {"cpu": Decimal(1), "memory": Decimal("1.375") * GIB, "pods": Decimal(1)}


def test_an_application_is_read_with_what_has_a_node_and_what_has_none() -> None:
    asks = [ask(log=("node(s) had untolerated taint", "Not enough queue quota")), ask("spark-driver")]
    placed = [allocation(), allocation(placeholder=False)]
    assert read_application(application(requests=asks, allocations=placed)) == Application(
        queue="root.jobs.team-a",
        user="team-a",
        state="Accepted",
        placed=2,
        timed_out=False,
        asks=(
            Ask(placeholder=True, resources=EACH, last="Not enough queue quota"),
            Ask(placeholder=True, resources=EACH, last=None),
        ),
    )


def test_what_yunikorn_leaves_out_is_nothing() -> None:
    new = read_application({"applicationID": "a", "queueName": "root.default", "applicationState": "New"})
    assert (new.placed, new.asks, new.timed_out, new.user) == (0, (), False, "")
    pod = {"allocationKey": "a", "resource": {"vcore": 500}}  # no placeholder, and nothing was said of it yet
    assert read_application(application(requests=[pod])).asks == (
        Ask(placeholder=False, resources={"cpu": Decimal("0.5")}, last=None),
    )


def test_a_gang_whose_placeholders_were_given_up_is_known_for_it() -> None:
    groups = [{"taskGroupName": "spark-driver", "count": 1}, {"taskGroupName": "spark-executor", "timedout": 2}]
    assert read_application(application("Resuming", placeholderData=groups)).timed_out
    assert not read_application(application(placeholderData=groups[:1])).timed_out


def test_applications_are_found_by_their_ids() -> None:
    assert list(read_applications([application(), application() | {"applicationID": "b"}])) == [APPLICATION, "b"]
    rejected = [application("Rejected", rejectedMessage="no rule"), application("Rejected") | {"applicationID": "b"}]
    assert read_rejections(rejected) == {APPLICATION: "no rule", "b": ""}


@pytest.mark.parametrize("answer", [{}, [], {"queueName": "root"}, application(requests=[1])])
def test_an_answer_of_another_form_is_an_error(answer: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        read_application(answer)
