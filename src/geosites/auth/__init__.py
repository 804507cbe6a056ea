"""Authentication: accounts, sessions, tokens and second factors."""
