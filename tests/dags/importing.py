"""Reads one DAG file as Airflow does, where no address can be looked up and nothing connected to: for `forked`."""

import json
import runpy
import socket
import sys
from typing import Any

from airflow.sdk import DAG


def main() -> None:
    """Prints the file's tasks and the modules that it has imported, as JSON."""
    before = set(sys.modules)

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("a DAG file used the network")

    socket.socket.connect = socket.getaddrinfo = refuse  # type: ignore[method-assign,assignment]
    content = runpy.run_path(sys.argv[1])
    tasks = [
        {
            "dag_id": dag.dag_id,
            "task_id": task.task_id,
            "owner": task.owner,
            "launches": next(
                (
                    given
                    for name in ("job_template_id", "image", "release_label")
                    if (given := getattr(task, name, None))
                ),
                None,
            ),
            "package": type(task).__module__.split(".")[0],
        }
        for dag in content.values()
        if isinstance(dag, DAG)
        for task in dag.tasks
    ]
    print(json.dumps({"tasks": tasks, "imported": sorted(set(sys.modules) - before)}))  # noqa: T201
