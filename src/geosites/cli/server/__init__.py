"""The service: started, watched, and what its worker processes load."""
