"""The provider's description for Airflow.

Airflow calls this in each of its processes while it reads its configuration: it imports nothing.
"""

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Returns the provider's description, in the shape of Airflow's `provider_info.schema.json`."""
    integration = "Longshore"
    return {
        "package-name": "longshore",
        "name": "Longshore",
        "description": (
            "Spark jobs and containers, launched through the EMR Containers API of AWS or of Longshore's own server."
        ),
        "integrations": [
            {
                "integration-name": integration,
                "external-doc-url": "https://docs.aws.amazon.com/emr-on-eks/latest/APIReference/Welcome.html",
                "how-to-guide": [
                    "/docs/writing-dags.md",
                    "/docs/transfers.md",
                    "/docs/operators/README.md",
                    "/docs/operators/connection.md",
                    "/docs/operators/container.md",
                    "/docs/operators/emr_container.md",
                    "/docs/operators/jdbc_to_spark_container.md",
                    "/docs/operators/spark_container.md",
                    "/docs/operators/spark_to_jdbc_container.md",
                    "/docs/operators/spark_to_spark_container.md",
                    "/docs/operators/task_container.md",
                ],
                "tags": ["service"],
            }
        ],
        "operators": [
            {
                "integration-name": integration,
                "python-modules": [
                    "longshore.operators.container",
                    "longshore.operators.emr_container",
                    "longshore.operators.jdbc_to_spark_container",
                    "longshore.operators.spark_container",
                    "longshore.operators.spark_to_jdbc_container",
                    "longshore.operators.spark_to_spark_container",
                ],
            }
        ],
        "task-decorators": [{"name": "container", "class-name": "longshore.decorators.container.container_task"}],
        "hooks": [{"integration-name": integration, "python-modules": ["longshore.hooks.emr_containers"]}],
        "triggers": [{"integration-name": integration, "python-modules": ["longshore.triggers.job_run"]}],
        "cli": ["longshore.command_line.get_commands"],
        "executors": ["longshore.executors.local_executor.LocalExecutor"],
        "extra-links": [
            "longshore.links.job_log.JobLogLink",
            "longshore.links.spark_history.SparkHistoryLink",
        ],
        "config": {
            "longshore": {
                "description": "Settings of the operators that launch job runs.",
                "options": {
                    "environment": {
                        "description": (
                            "Name of this Airflow among those that share a virtual cluster. It is part of every job "
                            "run's client token: two Airflows with the same DAGs need different names, or the "
                            "second takes the first's job runs for its own."
                        ),
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": "feature-routes",
                        "default": "default",
                    },
                    "environment_name": {
                        "description": (
                            "Name of the environment that this Airflow is, for the tags `only:<environment>` of DAGs: "
                            "a DAG with such tags is left out wherever none of them has this name."
                        ),
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": "feature-routes",
                        "default": "production",
                    },
                },
            }
        },
    }
