"""The time that a gang waits, and what happens then."""

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.gang_policy import GANG_POLICY, GangPolicy, gang_policy, read_policy


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("", GangPolicy()),
        ("placeholderTimeoutInSeconds=30 gangSchedulingStyle=Hard", GangPolicy(style="Hard", timeout=30)),
        ("  gangSchedulingStyle=Soft  ", GangPolicy(style="Soft")),
        ("placeholderTimeoutInSeconds=- gangSchedulingStyle=-", GangPolicy()),
        ("placeholderTimeoutInSeconds=30 gangSchedulingStyle=-", GangPolicy(timeout=30)),
    ],
)
def test_the_annotation_is_read(text: str, policy: GangPolicy) -> None:
    assert gang_policy({GANG_POLICY: text}) == policy


@pytest.mark.parametrize(
    "word",
    [
        "placeholderTimeoutSeconds=30",
        "placeholderTimeoutInSeconds=0",
        "placeholderTimeoutInSeconds=9",
        "placeholderTimeoutInSeconds=-1",
        "placeholderTimeoutInSeconds=15m",
        "placeholderTimeoutInSeconds=",
        "gangSchedulingStyle=hard",
        "gangSchedulingStyle",
        "Hard",
        "gangSchedulingStyle=Hard,placeholderTimeoutInSeconds=30",
    ],
)
def test_what_yunikorn_would_pass_over_is_refused(word: str) -> None:
    with pytest.raises(ValidationException) as caught:
        gang_policy({GANG_POLICY: f"gangSchedulingStyle=Soft {word}"})
    assert str(caught.value) == (
        "spark.kubernetes.driver.annotation.yunikorn.apache.org/schedulingPolicyParameters has "
        f"{word!r}: it accepts placeholderTimeoutInSeconds=SECONDS, a whole number from 10, and "
        "gangSchedulingStyle=Soft or gangSchedulingStyle=Hard, with a space between."
    )


def test_a_policy_is_written_as_it_is_read() -> None:
    for policy in (
        GangPolicy(),
        GangPolicy(style="Hard"),
        GangPolicy(timeout=10),
        GangPolicy(style="Soft", timeout=10),
    ):
        text = policy.annotation.get("yunikorn.apache.org/schedulingPolicyParameters", "")
        assert read_policy(text) == policy
    assert GangPolicy().annotation == {}


def test_what_a_job_does_not_say_is_its_queues() -> None:
    assert GangPolicy(style="Hard").with_defaults(style="Soft", timeout=5) == GangPolicy(style="Hard", timeout=5)
    assert GangPolicy(timeout=7).with_defaults(style=None, timeout=5) == GangPolicy(timeout=7)
