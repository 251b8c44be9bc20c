"""`longshore env`: a personal Airflow from a git branch. The controller of helm/environments runs it."""
