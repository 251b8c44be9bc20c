"""The errors of the DAG bundle.

LongshoreError
└── BundleError             a commit's DAGs could not be had
    ├── BundleSettingsError an argument of the bundle is wrong
    ├── GitError            git did not do what was asked
    └── SnapshotError       a commit's archive cannot be read or written
"""

from longshore.exceptions import LongshoreError


class BundleError(LongshoreError):
    """A commit's DAGs could not be had."""


class BundleSettingsError(BundleError):
    """An argument of the bundle, in Airflow's `dag_bundle_config_list`, is wrong."""


class GitError(BundleError):
    """The repository cannot be reached, refuses, or has no such branch, commit or folder."""


class SnapshotError(BundleError):
    """The archive of a commit cannot be read or written, or holds what no archive of ours does."""
