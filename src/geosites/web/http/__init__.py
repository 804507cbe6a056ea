"""HTTP requests and responses: methods, parameters, problems, redirects, files."""
