"""Sessions of a transfer: their settings, and the lock that keeps a target to one transfer."""
