"""The cluster's keys, the Secrets with them, and the policies that limit them."""
