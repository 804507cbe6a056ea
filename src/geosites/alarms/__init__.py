"""Alarms: which subscribers are notified when a closure fails, and how messages are delivered."""
