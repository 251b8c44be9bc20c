"""A job server that speaks the EMR Containers API."""
