"""The kind cluster itself, and the programs that talk to it."""
