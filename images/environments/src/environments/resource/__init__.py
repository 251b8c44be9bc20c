"""The AirflowEnvironment resource: its spec, the names that follow from it, and its quantities and times. Pure."""
