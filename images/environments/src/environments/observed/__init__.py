"""Facts about an environment, read from the answers of the outside world. Pure: no module here does I/O."""
