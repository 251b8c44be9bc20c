"""Lineage without being asked: Airflow's assets, and OpenLineage's events, of the tables that a task reads and writes.

The two name tables differently. Airflow must know an asset when it parses the DAG, and does not know where a connection
leads: an asset has the names that the DAG uses (`assets`). An event of OpenLineage has the table's real name, which
the job reports when it has ended (`datasets`, `events`).
"""
