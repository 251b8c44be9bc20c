"""The first content of a running platform: a virtual cluster, a policy of its bucket, the sample data.

Existing content stays.
"""

import json
import uuid
from typing import TYPE_CHECKING

import boto3
import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from longshore_cli.cluster import addresses, namespaces
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.layout import NAME
from longshore_cli.cluster.secrets import policies
from longshore_cli.cluster.secrets.keys import Keys
from longshore_cli.exceptions import ClusterError
from longshore_cli.sample_data import DATABASE, load_flights

if TYPE_CHECKING:
    from mypy_boto3_emr_containers import EMRContainersClient


def ensure_virtual_cluster(emr: "EMRContainersClient") -> str:
    """Returns the ID of the virtual cluster of the namespace `jobs`, which is created if it is missing.

    Raises:
        ClusterError: the job server refuses, or does not answer.
    """
    try:
        known = emr.list_virtual_clusters(states=["RUNNING"], containerProviderId=NAME)["virtualClusters"]
        for each in known:
            if each["containerProvider"]["info"]["eksInfo"]["namespace"] == namespaces.JOBS:
                return each["id"]
        return emr.create_virtual_cluster(
            name=namespaces.JOBS,
            clientToken=uuid.uuid4().hex,
            containerProvider={"type": "EKS", "id": NAME, "info": {"eksInfo": {"namespace": namespaces.JOBS}}},
        )["id"]
    except (BotoCoreError, ClientError) as error:
        raise ClusterError(
            f"The job server at {addresses.PUBLIC_API} did not return a virtual cluster: {error}"
        ) from error


def refresh_secrets(kubectl: Kubectl, *, reason: str) -> None:
    """Makes Airflow's running pods see changed Secrets now.

    The kubelet updates mounted Secrets when the pod changes, otherwise only about once a minute.

    Args:
        reason: `name=value`, the annotation that the pods get.

    Raises:
        ClusterError: the API refuses.
    """
    kubectl.run(
        *("-n", namespaces.AIRFLOW, "annotate", "pods", "--all", "--overwrite", f"longshore.dev/{reason}"),
        what=f"Airflow's pods cannot be annotated with {reason!r}",
    )


def set_bucket_policy(kubectl: Kubectl, keys: Keys) -> None:
    """Gives the environments' keys their rights in the bucket; see `secrets/policies.py`.

    Raises:
        ClusterError: S3 refuses, or does not answer.
    """
    with kubectl.forward("service/s3", 7070, namespace=namespaces.PLATFORM) as port:
        s3 = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name=addresses.REGION,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
        )
        try:
            s3.put_bucket_policy(Bucket=addresses.BUCKET, Policy=json.dumps(policies.bucket_policy(keys)))
        except (BotoCoreError, ClientError) as error:
            raise ClusterError(f"The bucket {addresses.BUCKET!r} does not accept its policy: {error}") from error


def load_data(kubectl: Kubectl, keys: Keys) -> str:
    """Loads the sample data into the lake's database, and returns the tables' numbers of rows as a text.

    Raises:
        ClusterError: the database refuses, or does not answer.
    """
    with kubectl.forward("service/lake-db", 5432, namespace=namespaces.PLATFORM) as port:
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
