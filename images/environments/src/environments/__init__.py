"""The controller of AirflowEnvironments."""
