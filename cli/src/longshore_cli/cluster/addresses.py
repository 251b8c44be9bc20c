"""The addresses of the local cluster's parts, and the names of its storage and its job role."""

REGION = "us-east-1"
BUCKET = "longshore"
ROLE = "arn:aws:iam::000000000000:role/longshore-job"
S3 = "http://s3.longshore:7070"
API = "http://emr-containers.longshore:8998"
PUBLIC_API = "http://127.0.0.1:8998"
PUBLIC_AIRFLOW = "http://127.0.0.1:8080"
PUBLIC_HISTORY = "http://127.0.0.1:18080"
PUBLIC_GATEWAY = "http://localhost:8081"  # another host than Airflow's, because cookies ignore ports
PUBLIC_METRICS = "http://127.0.0.1:8428/vmui"
PUBLIC_LOGS = "http://127.0.0.1:9428/select/vmui"
"""The addresses on this machine have the ports of `kind-config.yaml`. Those of metrics and logs need a port-forward."""
