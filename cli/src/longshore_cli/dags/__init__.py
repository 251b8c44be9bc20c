"""Deploying a commit's DAGs to the cluster."""
