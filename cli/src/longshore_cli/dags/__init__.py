"""A commit's DAGs, brought to the cluster."""
