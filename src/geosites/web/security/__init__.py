"""Security of requests: authentication, cookies, CSRF, route permissions."""
