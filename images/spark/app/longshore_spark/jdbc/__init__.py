"""The parts of a database's dialect that all databases share: Airflow's form of a connection, and JDBC."""
