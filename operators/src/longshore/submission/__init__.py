"""Submits a job run: from an operator's arguments to the StartJobRun request."""
