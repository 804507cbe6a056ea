"""Monitoring for operators: metrics and readiness."""
