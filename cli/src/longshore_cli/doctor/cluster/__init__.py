"""Checks of the local cluster."""
