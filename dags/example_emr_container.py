"""A job driver without a job template, with the arguments of the amazon provider's operator of the same name."""

from airflow.sdk import DAG
from longshore.operators import EmrContainerOperator

with DAG("example_emr_container", schedule=None, default_args={"owner": "data-platform"}, tags=["example"]) as dag:
    EmrContainerOperator(
        task_id="copy_planes",
        name="copy-planes",
        execution_role_arn="arn:aws:iam::000000000000:role/longshore-job",
        release_label="spark-4.1",
        job_driver={
            "sparkSubmitJobDriver": {
                "entryPoint": "local:///opt/longshore/transfer.py",
                "entryPointArguments": [
                    *("--source", "planes", "--source-connection", "flights_db"),
                    *("--target", "lake.raw.planes_by_driver"),
                ],
                "sparkSubmitParameters": "--conf spark.executor.memory=1g --conf spark.executor.instances=1",
            }
        },
        configuration_overrides={
            "applicationConfiguration": [
                {"classification": "spark-defaults", "properties": {"spark.sql.session.timeZone": "UTC"}}
            ]
        },
        tags={"team": "flights"},
    )
