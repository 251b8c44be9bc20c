"""The logs of an environment."""

from .conftest import Cluster, Longshore
from .objects import body, status


def test_a_components_log_is_printed(longshore: Longshore, cluster: Cluster) -> None:
    cluster.has(body(status("Ready")))
    done = longshore("logs", "mine", "--component", "triggerer", "--follow")
    assert done.stdout == "the log of deployment/airflow-triggerer\n"
    assert cluster.calls[-1][4:] == [
        *("-n", "env-mine", "logs", "deployment/airflow-triggerer", "-c", "triggerer", "--follow", "--tail=100")
    ]
