"""`longshore env logs`: prints the log of a component of an environment's Airflow, once or while it grows."""

import subprocess
import sys

from longshore_cli.environments.kubernetes.api import EnvironmentsApi
from longshore_cli.environments.kubernetes.error_messages import explain
from longshore_cli.environments.resource.state import read
from longshore_cli.exceptions import ClusterError


def print_log(api: EnvironmentsApi, name: str, *, component: str, follow: bool) -> None:
    """Prints the log to our standard output.

    Raises:
        ClusterError: the environment or its pod does not exist.
    """
    state = read(api.get(name))
    if state.phase == "Asleep":
        raise ClusterError(
            f"The environment {name!r} is asleep and has no log. Wake it with `longshore env wake {name}`."
        )
    command = api.log_command(name, component=component, follow=follow)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stdout, stderr=subprocess.PIPE, check=False)
    except OSError as error:
        raise ClusterError(f"{command[0]!r} cannot be started: {error.strerror}.") from error
    except KeyboardInterrupt:
        return
    if done.returncode:
        raise ClusterError(explain(done.stderr.decode(errors="replace"), name=name))
