"""Alarms: who is told when a closure gives way, and how the message gets there."""
