"""Host names of this machine."""

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
