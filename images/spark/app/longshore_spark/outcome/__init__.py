"""The outcome of a transfer: its commit, its result, and the messages that it leaves."""
