"""Builds an environment's manifests and values from its spec and from what was dereferenced. Pure."""

from environments.build.access import own_access
from environments.build.desired import Desired, Found, build
from environments.build.namespace import namespace

__all__ = ["Desired", "Found", "build", "namespace", "own_access"]
