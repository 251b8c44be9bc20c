"""The facts of an embedded platform that is well, and runs."""

from typing import Any

from longshore_cli.doctor.embedded.facts import (
    Connections,
    DataFolder,
    EmbeddedFacts,
    FileFact,
    Machine,
    Packages,
    ProcessFact,
    Server,
    Template,
)

GIB = 1 << 30
URL = "http://127.0.0.1:9"
MACHINE: dict[str, Any] = {"python": (3, 12), "disk_free": 20 * GIB, "memory_available": 8 * GIB, "shared_memory": GIB}
DATA: dict[str, Any] = {
    "path": ".longshore/postgres/data",
    "owner": 1000,
    "wanted_owner": 1000,
    "mode": 0o700,
    "version": "18",
    "wanted_version": "18",
    "pid_file": 12,
    "holder": None,
}
_FACTS: dict[str, Any] = {
    "root": "/home/ana/longshore",
    "user": 1000,
    "machine": Machine(**MACHINE),
    "packages": (Packages(folder=".venv", present=True),),
    "missing_jars": (),
    "has_class_archive": True,
    "set_up": True,
    "lock_holder": ProcessFact(pid=7, command="longshore dev"),
    "platform_processes": (ProcessFact(pid=12, command="postgres -D .longshore/postgres/data"),),
    "server_port_holder": None,
    "data_folder": DataFolder(**DATA),
    "secrets": (FileFact(path=".longshore/secrets/credentials", mode=0o600, owner=1000, folder=False),),
    "connections": Connections(faults={}, endpoint_url=URL),
    "templates": (Template(name="jdbc-to-spark", path="job-templates/jdbc-to-spark.yaml", digest="d1"),),
    "template_fault": None,
    "server": Server(endpoint_url=URL, fault=None, applied={"jdbc-to-spark": "d1"}),
    "airflow_url": "http://127.0.0.1:8080",
    "airflow_fault": None,
    "import_failures": (),
}
STOPPED: dict[str, Any] = {"lock_holder": None, "platform_processes": (), "server": None, "airflow_url": None}
"""The facts that differ where the platform does not run."""


def facts(**changes: Any) -> EmbeddedFacts:
    """Returns the facts with these changes."""
    return EmbeddedFacts(**_FACTS | changes)
