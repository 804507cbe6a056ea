"""The names by which a machine calls itself."""

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
