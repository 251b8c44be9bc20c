"""The provider's access to the EMR Containers API and to drivers' logs."""
