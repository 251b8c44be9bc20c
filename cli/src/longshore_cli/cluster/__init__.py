"""Level 1: the platform on a kind cluster of this machine."""
