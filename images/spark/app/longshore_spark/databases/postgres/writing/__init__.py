"""Writes to a table of PostgreSQL: staging, checks, one commit, leftovers."""
