"""Where to look next: round sheets, and a plan for one shift of several crews."""
