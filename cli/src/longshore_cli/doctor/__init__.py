"""`longshore doctor`: checks of the embedded platform and of the cluster."""
