"""The DAG bundle: Airflow follows a branch of a git repository, a commit at a time."""

from longshore.bundles.git_snapshot import GitSnapshotDagBundle

__all__ = ["GitSnapshotDagBundle"]
