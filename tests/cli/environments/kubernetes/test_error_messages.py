"""Errors of kubectl become one sentence."""

import pytest
from longshore_cli.environments.kubernetes.error_messages import explain

_AT = 'error when creating "STDIN": '
_KIND = "airflowenvironments.longshore.dev"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            f"Error from server (Forbidden): {_AT}{_KIND} \"mine\" is forbidden: ValidatingAdmissionPolicy 'owners' "
            "with binding 'owners' denied request: You are ann: set spec.owner to that,\nfor it is made for "
            "oneself only.",
            "You are ann: set spec.owner to that, for it is made for oneself only.",
        ),
        (
            'The AirflowEnvironment "mine" is invalid: spec.ttl: Invalid value: "string": This is no time at all; '
            "leave it out.",
            "spec.ttl: This is no time at all; leave it out.",
        ),
        (
            'The AirflowEnvironment "mine" is invalid: \n* spec.git.branch: Too long: may not be more than 200 bytes\n'
            '* <nil>: Invalid value: "": This name is kept.\n* <nil>: Invalid value: "": This name is kept.',
            "spec.git.branch: may not be more than 200 bytes. This name is kept.",
        ),
        (
            'The AirflowEnvironment "mine" is invalid: spec.owner: Invalid value: "a: b": spec.owner in body should '
            "match '^[a-z]$'",
            "spec.owner in body should match '^[a-z]$'",
        ),
        (
            'The AirflowEnvironment "mine" is invalid: spec.size: Unsupported value: "huge": supported values: "small"',
            'spec.size: supported values: "small".',
        ),
        (
            f'Error from server (Forbidden): {_AT}{_KIND} is forbidden: User "bob" cannot create resource '
            '"airflowenvironments" in API group "longshore.dev" in the namespace "environments"',
            "You are 'bob', who may not create airflowenvironments here. Ask the platform operator to add you to "
            "`users` of the chart helm/environments.",
        ),
        (
            f'Error from server (Forbidden): {_AT}{_KIND} "mine" is forbidden: exceeded quota: most, requested: 1',
            "exceeded quota: most, requested: 1",
        ),
        (
            f'Error from server (AlreadyExists): {_AT}{_KIND} "mine" already exists',
            "The environment 'mine' already exists. Choose another name, or see `longshore env status mine`.",
        ),
        (
            f'Error from server (NotFound): {_AT}namespaces "environments" not found',
            "The cluster has no namespace 'environments'. Name the namespace of its environments with --namespace.",
        ),
        (
            'error: the server doesn\'t have a resource type "airflowenvironments"',
            "The cluster does not support environments. Ask the platform operator to install the chart "
            "helm/environments.",
        ),
        (
            "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?",
            "The cluster does not answer (The connection to the server 127.0.0.1:6443 was refused - did you specify "
            "the right host or port?). Check this checkout's cluster with `longshore cluster status`.",
        ),
        ("Error from server (BadRequest): something\nelse", "something else"),
        ('error: context "other" does not exist', 'context "other" does not exist'),
    ],
)
def test_a_refusal_is_a_sentence(said: str, told: str) -> None:
    assert explain(said, name="mine") == told
