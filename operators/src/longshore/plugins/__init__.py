"""What Airflow loads into each of its processes."""
