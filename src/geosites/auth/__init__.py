"""Who asks: accounts, sessions, tokens and second factors."""
