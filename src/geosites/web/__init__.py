"""The service over HTTP: parse, ask a study, answer."""
