"""What the platform is given as soon as it runs: a virtual cluster, a policy of its bucket, the flights.

What is there stays.
"""

import json
import uuid
from typing import TYPE_CHECKING

import boto3
import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from longshore_cli.cluster import rights, secrets
from longshore_cli.cluster.kubectl import Kubectl
from longshore_cli.cluster.layout import NAME
from longshore_cli.embedded.flights import DATABASE, load_flights
from longshore_cli.exceptions import ClusterError

if TYPE_CHECKING:
    from mypy_boto3_emr_containers import EMRContainersClient


def virtual_cluster(emr: "EMRContainersClient") -> str:
    """The ID of the virtual cluster of the namespace `jobs`, which is made if it is not there.

    Raises:
        ClusterError: the job server refuses, or does not answer.
    """
    try:
        known = emr.list_virtual_clusters(states=["RUNNING"], containerProviderId=NAME)["virtualClusters"]
        for each in known:
            if each["containerProvider"]["info"]["eksInfo"]["namespace"] == secrets.JOBS:
                return each["id"]
        return emr.create_virtual_cluster(
            name=secrets.JOBS,
            clientToken=uuid.uuid4().hex,
            containerProvider={"type": "EKS", "id": NAME, "info": {"eksInfo": {"namespace": secrets.JOBS}}},
        )["id"]
    except (BotoCoreError, ClientError) as error:
        raise ClusterError(f"The job server at {secrets.PUBLIC_API} gives no virtual cluster: {error}") from error


def connect_airflow(kubectl: Kubectl, keys: secrets.Keys, virtual_cluster_id: str) -> None:
    """Tells Airflow where its job runs go.

    Raises:
        ClusterError: the API refuses.
    """
    kubectl.apply(secrets.airflow_connections(keys, virtual_cluster_id=virtual_cluster_id))
    # The kubelet looks at a pod's mounted Secrets when the pod changes, or else about once a minute.
    kubectl.run(
        *("-n", secrets.AIRFLOW, "annotate", "pods", "--all", "--overwrite"),
        f"longshore.dev/virtual-cluster={virtual_cluster_id}",
        what="Airflow's pods cannot be told of the virtual cluster",
    )


def protect_bucket(kubectl: Kubectl, keys: secrets.Keys) -> None:
    """Lets environments' keys into the bucket, as far as `rights` says.

    Raises:
        ClusterError: S3 refuses, or does not answer.
    """
    with kubectl.forward("service/s3", 7070, namespace=secrets.PLATFORM) as port:
        s3 = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name=secrets.REGION,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
        )
        try:
            s3.put_bucket_policy(Bucket=secrets.BUCKET, Policy=json.dumps(rights.bucket_policy(keys)))
        except (BotoCoreError, ClientError) as error:
            raise ClusterError(f"The bucket {secrets.BUCKET!r} takes no policy: {error}") from error


def load_data(kubectl: Kubectl, keys: secrets.Keys) -> str:
    """Loads the flights into the lake's database; how many rows each table has.

    Raises:
        ClusterError: the database refuses, or does not answer.
    """
    with kubectl.forward("service/lake-db", 5432, namespace=secrets.PLATFORM) as port:
        try:
            with psycopg.connect(
                host="127.0.0.1",
                port=port,
                user="postgres",
                password=keys.lake_db["postgres-password"],
                dbname=DATABASE,
                autocommit=True,
                connect_timeout=10,
            ) as connection:
                rows = load_flights(connection)
        except psycopg.Error as error:
            raise ClusterError(f"The flights cannot be loaded into lake-db: {error}") from error
    return "tables: " + ", ".join(f"{table} {count:,}" for table, count in rows.items())
