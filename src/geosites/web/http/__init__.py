"""Requests and answers as HTTP has them: methods, parameters, problems, redirects, files."""
