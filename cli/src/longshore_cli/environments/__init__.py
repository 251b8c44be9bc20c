"""`longshore env`: an Airflow of one's own, from a git branch, by the objects that helm/environments looks after."""
