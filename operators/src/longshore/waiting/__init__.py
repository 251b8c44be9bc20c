"""Waits for a job run: when to ask, what its end means, and its cancellation."""
