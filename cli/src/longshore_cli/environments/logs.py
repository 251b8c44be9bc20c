"""`longshore env logs`: what a component of an environment's Airflow prints, once or as it grows."""

import subprocess
import sys

from longshore_cli.environments.api import Api
from longshore_cli.environments.refusals import sentence
from longshore_cli.environments.state import read
from longshore_cli.exceptions import ClusterError


def print_log(api: Api, name: str, *, component: str, follow: bool) -> None:
    """Prints it to our standard output.

    Raises:
        ClusterError: there is no such environment, or no pod of it.
    """
    state = read(api.get(name))
    if state.phase == "Asleep":
        raise ClusterError(f"The environment {name!r} is asleep, and so has no log; `longshore env wake {name}`.")
    command = api.log_command(name, component=component, follow=follow)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stdout, stderr=subprocess.PIPE, check=False)
    except OSError as error:
        raise ClusterError(f"{command[0]!r} cannot be started: {error.strerror}.") from error
    except KeyboardInterrupt:
        return
    if done.returncode:
        raise ClusterError(sentence(done.stderr.decode(errors="replace"), name=name))
