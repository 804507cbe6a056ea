"""Common parts of all commands: help, usage errors, language, output, lazy import."""
