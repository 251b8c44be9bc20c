"""The page that visitors see while an environment's Airflow does not answer, and that wakes a sleeping one."""
