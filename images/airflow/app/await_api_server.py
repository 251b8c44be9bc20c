"""Waits until Airflow's API server answers, for a minute at most; the last step before scheduler and triggerer start.

No task runs without it: tasks speak to its execution API (Airflow 3). And where all components start at once on few
processors, as when an environment is woken, they leave them to the page and the DAGs, which people wait for.

    await_api_server.py <the address that answers when it serves>
"""

import sys
import time
import urllib.request

_PATIENCE_SECONDS = 60.0
_EVERY_SECONDS = 1.0
_ANSWER_SECONDS = 5.0


def wait(url: str, *, patience: float = _PATIENCE_SECONDS) -> str:
    """What the waiting came to, as a sentence. It never fails: what starts afterwards copes, and says so itself.

    Args:
        url: is asked until it answers with a status of success.
        patience: in seconds.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is in the cluster
    began = time.monotonic()
    while True:
        try:
            with opener.open(url, timeout=_ANSWER_SECONDS):
                return f"The API server answers after {time.monotonic() - began:.0f} s."
        except (OSError, ValueError) as error:
            if time.monotonic() - began >= patience:
                return f"The API server did not answer for {patience:.0f} s, and is not waited for any longer: {error}"
        time.sleep(_EVERY_SECONDS)


if __name__ == "__main__":
    print(wait(sys.argv[1]))
