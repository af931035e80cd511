"""The `shousi` command."""
