"""The files of the embedded platform: everything below `.longshore/` in the checkout."""

from dataclasses import dataclass
from pathlib import Path

from longshore_cli.exceptions import EmbeddedError


@dataclass(frozen=True)
class Layout:
    """The folders and files of one checkout's platform."""

    root: Path
    """The checkout."""

    @property
    def state(self) -> Path:
        return self.root / ".longshore"

    @property
    def secrets(self) -> Path:
        """Key pairs, passwords and connections; mode 0700."""
        return self.state / "secrets"

    @property
    def connections(self) -> Path:
        """The connections that jobs read, one JSON file for each."""
        return self.secrets / "connections"

    @property
    def airflow_connections(self) -> Path:
        """The connections that Airflow reads, in one JSON file."""
        return self.secrets / "airflow-connections.json"

    @property
    def airflow_database(self) -> Path:
        """The URL of Airflow's metadata database."""
        return self.secrets / "airflow-database"

    @property
    def credentials(self) -> Path:
        """The job server's key pair, in AWS's format."""
        return self.secrets / "credentials"

    @property
    def server(self) -> Path:
        return self.state / "emr-containers"

    @property
    def releases(self) -> Path:
        return self.state / "releases.toml"

    @property
    def airflow(self) -> Path:
        return self.state / "airflow"

    @property
    def lake(self) -> Path:
        """The Iceberg warehouse."""
        return self.state / "lake"

    @property
    def job_logs(self) -> Path:
        return self.state / "job-logs"

    @property
    def event_logs(self) -> Path:
        return self.state / "event-logs"

    @property
    def artifacts(self) -> Path:
        return self.state / "artifacts"

    @property
    def reports(self) -> Path:
        return self.state / "reports"

    @property
    def process_logs(self) -> Path:
        """The output of database, server and Airflow."""
        return self.state / "process-logs"

    def prepare(self) -> None:
        """Creates the folders.

        Raises:
            EmbeddedError: `root` is not a checkout of the project.
        """
        if not (self.root / "job-templates").is_dir() or not (self.root / "images" / "spark").is_dir():
            raise EmbeddedError(f"{str(self.root)!r} is not a checkout of Longshore; run this in its top folder.")
        for folder in (self.server, self.airflow, self.lake, self.job_logs, self.event_logs, self.artifacts):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.reports, self.process_logs):
            folder.mkdir(exist_ok=True)
        for folder in (self.secrets, self.connections):
            folder.mkdir(mode=0o700, exist_ok=True)
