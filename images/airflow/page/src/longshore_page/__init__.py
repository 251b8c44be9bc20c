"""The page "Environments" of the shared Airflow: an Airflow of one's own, from a git branch."""
