"""The HTTP service: parse the request, run a query, render the response."""
