"""A client of the Kubernetes API: JSON in and out, streams by the line. It needs the extra `kubernetes`."""
