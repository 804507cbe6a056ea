"""How every command speaks: help, usage errors, language, output, lazy import."""
