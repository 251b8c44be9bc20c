"""The Airflow connection: the platform's settings, and objects at a URI."""
