"""The custom resource AirflowEnvironment: its names, its specification and its status. Pure."""
