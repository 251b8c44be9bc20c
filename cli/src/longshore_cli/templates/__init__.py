"""Job templates as files, and as the API has them."""
