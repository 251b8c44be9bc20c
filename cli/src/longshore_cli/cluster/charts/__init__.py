"""The Helm releases of the cluster."""
