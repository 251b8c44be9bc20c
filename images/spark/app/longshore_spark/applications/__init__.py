"""The applications of this image, each from its arguments to its end."""
