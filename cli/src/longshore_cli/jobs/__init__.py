"""Job runs: listing them, printing their logs, cancelling them."""
