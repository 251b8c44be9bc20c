"""The table of checks of the embedded platform, and those of what runs. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from longshore_cli.doctor.embedded import setup_checks
from longshore_cli.doctor.embedded.facts import Connections, EmbeddedFacts, Server
from longshore_cli.doctor.problems import NotChecked, Problem

SERVER_PORT = 8998
"""The port of `make server` where no other is named."""
_STOPPED = NotChecked("the platform does not run")


def leftover_processes(facts: EmbeddedFacts) -> Iterable[Problem] | NotChecked:
    """Checks that nothing of a platform that has ended still runs."""
    if facts.lock_holder is not None:
        return NotChecked(f"the platform runs, as process {facts.lock_holder.pid}")
    return [
        Problem(
            thing=f"process {each.pid} ({each.command[:100]})",
            reason="it belongs to a platform of this checkout that has ended, and may hold its files or memory.",
            way_out=f"run `kill {each.pid}`; if it stays, `kill -9 {each.pid}`.",
        )
        for each in facts.platform_processes
    ]


def server_port(facts: EmbeddedFacts) -> Iterable[Problem] | NotChecked:
    """Checks that `make server` would get its port."""
    if facts.lock_holder is not None:
        return NotChecked("the platform runs")
    if facts.server_port_holder is None:
        return ()
    return [
        Problem(
            thing=f"port {SERVER_PORT} of 127.0.0.1",
            reason=f"{facts.server_port_holder} listens on it, so `make server` cannot start.",
            way_out="end that program, or take another port: `longshore server --port 0`.",
        )
    ]


def connections(facts: EmbeddedFacts) -> Iterable[Problem] | NotChecked:
    """Checks that jobs and Airflow can read their connections, and that these lead to the running server."""
    found = facts.connections
    return NotChecked("the platform has not run here yet") if found is None else _connections(found, facts.server)


def _connections(found: Connections, server: Server | None) -> Iterator[Problem]:
    for path, fault in found.faults.items():
        yield Problem(thing=path, reason=fault, way_out="remove it; the next start of the platform writes it again.")
    if server is None or found.faults:
        return
    if found.endpoint_url != server.endpoint_url:
        yield Problem(
            thing="the connection 'aws_default' of Airflow",
            reason=f"it leads to {found.endpoint_url!r}, and the job server is at {server.endpoint_url!r}.",
            way_out="stop the platform, and start it again: each start writes the connection.",
        )


def job_server(facts: EmbeddedFacts) -> Iterable[Problem] | NotChecked:
    """Checks that the running platform's job server answers."""
    if facts.lock_holder is None:
        return _STOPPED
    if facts.server is None:
        fault, thing = "it has not written its address yet.", "the job server"
    elif facts.server.fault is None:
        return ()
    else:
        fault, thing = facts.server.fault, f"the job server at {facts.server.endpoint_url}"
    return [
        Problem(
            thing=thing,
            reason=fault,
            way_out="look at `.longshore/process-logs/emr-containers.log`, then end the platform with Ctrl-C (or "
            f"`kill {facts.lock_holder.pid}`), and start it again.",
        )
    ]


def job_templates(facts: EmbeddedFacts) -> Iterable[Problem] | NotChecked:
    """Checks that the templates' files are valid, and that the server has them as they are."""
    if facts.template_fault is not None:
        way_out = "correct the file, and run `longshore templates apply`."
        return [Problem(thing="job-templates/", reason=facts.template_fault, way_out=way_out)]
    if facts.server is None or facts.server.fault is not None:
        return NotChecked("the files are valid; the server that would have them does not answer")
    return _job_templates(facts, facts.server.applied)


def _job_templates(facts: EmbeddedFacts, applied: Mapping[str, str | None]) -> Iterator[Problem]:
    for each in facts.templates:
        if applied.get(each.name, "") == each.digest:
            continue
        missing = each.name not in applied
        yield Problem(
            thing=f"the job template {each.name!r}",
            reason="the server does not have it."
            if missing
            else f"the server's newest one is not that of {each.path!r}.",
            way_out="run `longshore templates apply`, or start the platform again, which does the same.",
        )


def dag_files(facts: EmbeddedFacts) -> Iterable[Problem] | NotChecked:
    """Checks that Airflow can import every file of DAGs."""
    if facts.airflow_url is None:
        return NotChecked("Airflow does not run; `make dev` starts it")
    if facts.airflow_fault is not None:
        way_out = "look at `.longshore/process-logs/airflow.log`, and start the platform again."
        return [Problem(thing=f"Airflow at {facts.airflow_url}", reason=facts.airflow_fault, way_out=way_out)]
    return [
        Problem(
            thing=each.file,
            reason=f"Airflow cannot import it: {each.error}",
            way_out="correct the file; Airflow reads it again by itself, and its page shows the whole trace.",
        )
        for each in facts.import_failures
    ]


CHECKS: Mapping[str, Callable[[EmbeddedFacts], Iterable[Problem] | NotChecked]] = {
    "Python version": setup_checks.python_version,
    "disk space": setup_checks.disk_space,
    "memory": setup_checks.memory,
    "shared memory": setup_checks.shared_memory,
    "Python packages": setup_checks.python_packages,
    "Spark's jars": setup_checks.jars,
    "Spark's class archive": setup_checks.class_archive,
    "leftover processes": leftover_processes,
    "port of `make server`": server_port,
    "PostgreSQL's data": setup_checks.data_folder,
    "secrets": setup_checks.secrets,
    "connections": connections,
    "job server": job_server,
    "job templates": job_templates,
    "DAG files": dag_files,
}
"""The checks by name, in the order of what each needs."""
