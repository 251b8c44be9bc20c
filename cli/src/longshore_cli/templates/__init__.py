"""Job templates: as files, and in the EMR Containers API."""
