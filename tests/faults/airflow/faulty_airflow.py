"""An Airflow whose components a fault test kills and starts again."""

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longshore_cli.base.private_files import write_private
from longshore_cli.clients.airflow_api import AirflowApi, log_in
from longshore_cli.exceptions import AirflowUnavailableError
from support.components import Component
from support.serving import JobServer
from support.waiting import until

from .case import Case


@dataclass
class FaultyAirflow:
    """The running Airflow and its job servers."""

    url: str
    components: dict[str, Component]
    connections_file: Path
    servers: dict[str, JobServer] = field(default_factory=dict)
    """By Airflow connection."""
    _connections: dict[str, Any] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def bring_up(self) -> None:
        """Starts every component, and waits until all DAGs can run."""
        for component in self.components.values():
            component.start()
        until("Airflow has parsed the DAGs", self._parsed)
        for dag in self.api.get("dags")["dags"]:
            self.api.unpause(dag["dag_id"])

    def _parsed(self) -> bool:
        try:
            self.api = AirflowApi(self.url, log_in(self.url))
        except AirflowUnavailableError:
            return False
        errors = self.api.get("importErrors")["import_errors"]
        assert not errors, errors
        return bool(self.api.get("dags")["dags"])

    def connect(self, connection_id: str, server: JobServer, endpoint: str | None = None) -> None:
        """Makes an Airflow connection to the server, or to what stands before it at `endpoint`."""
        self.servers[connection_id] = server
        self._connections[connection_id] = server.connection(endpoint)
        write_private(self.connections_file, json.dumps(self._connections))

    def start(self, way: str, *, connection: str = "aws_default") -> Case:
        """A run of the DAG `way`."""
        run_id = f"{way}-{next(self._numbers)}"
        body = {"dag_run_id": run_id, "logical_date": None, "conf": {"connection": connection}}
        self.api.call("POST", f"dags/{way}/dagRuns", body)
        return Case(way, run_id, self.api, self.servers[connection])

    def stop(self) -> None:
        for component in reversed(self.components.values()):
            if component.process is not None:
                component.kill()
