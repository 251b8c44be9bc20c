"""The images of the cluster and of the platform: built, named by their content, and kept in the local registry."""
