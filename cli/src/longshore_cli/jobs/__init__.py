"""Job runs: the list, their logs, their cancellation."""
