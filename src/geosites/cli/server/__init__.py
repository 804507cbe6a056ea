"""Commands that run and check the service, and modules loaded by its workers."""
