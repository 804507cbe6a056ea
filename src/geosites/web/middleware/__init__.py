"""Middleware around every request: security headers, timeouts, HTTP errors, CSRF."""
