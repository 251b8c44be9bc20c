"""Reads a table or query of PostgreSQL: one state of it, in parallel, each value exactly."""
