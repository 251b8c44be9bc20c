"""The plugin, which Airflow loads into each of its processes."""
