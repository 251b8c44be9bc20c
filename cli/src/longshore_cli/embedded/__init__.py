"""The whole platform on one machine (Level 0): a real PostgreSQL, the job server, Spark and Airflow as processes."""
