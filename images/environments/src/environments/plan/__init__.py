"""Decisions about an environment: what it should be now, and what is due. Pure: no module here does I/O."""
