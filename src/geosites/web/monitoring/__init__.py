"""What is told to who runs the service: metrics, and whether it can answer."""
