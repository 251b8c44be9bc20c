"""The metrics of the controller."""
