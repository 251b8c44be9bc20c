"""Waits for at most a minute until Airflow's API server answers, before the scheduler or the triggerer starts.

No task runs without it, because tasks use its execution API (Airflow 3). When all components start at once on few CPUs,
as in an environment that wakes up, the wait also leaves the CPUs to the page and the DAGs, which users are waiting for.

    await_api_server.py <an address that answers once the API server serves>
"""

import sys
import time
import urllib.request

_PATIENCE_SECONDS = 60.0
_EVERY_SECONDS = 1.0
_ANSWER_SECONDS = 5.0


def wait(url: str, *, patience: float = _PATIENCE_SECONDS) -> str:
    """Waits, and returns the result as a sentence. It never fails: the next step copes with a missing API server.

    Args:
        url: is requested until it answers with a status of success.
        patience: in seconds.
    """
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({})
    )  # no proxy, because the API server is in the cluster
    began = time.monotonic()
    while True:
        try:
            with opener.open(url, timeout=_ANSWER_SECONDS):
                return f"The API server answers after {time.monotonic() - began:.0f} s."
        except (OSError, ValueError) as error:
            if time.monotonic() - began >= patience:
                return f"The API server did not answer within {patience:.0f} s; starting without it: {error}"
        time.sleep(_EVERY_SECONDS)


if __name__ == "__main__":
    print(wait(sys.argv[1]))
