"""Patrol planning: round sheets, and a plan for one shift of several crews."""
