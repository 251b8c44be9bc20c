import pytest
from emr_containers.runtimes.environments import environment_variables, is_environment


@pytest.mark.parametrize(
    ("namespace", "variables"),
    [
        ("env-my-change", {"LONGSHORE_ENVIRONMENT": "my-change"}),
        ("env-env-x", {"LONGSHORE_ENVIRONMENT": "env-x"}),
        ("jobs", {}),
        ("default", {}),
        ("my-env-x", {}),
        ("env-", {}),  # no name that Kubernetes would take
        ("environments", {}),
    ],
)
def test_a_job_is_in_the_environment_of_its_namespace(namespace: str, variables: dict[str, str]) -> None:
    assert environment_variables(namespace) == variables
    assert is_environment(namespace) == bool(variables)
