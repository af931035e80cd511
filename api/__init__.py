"""The HTTP process. It trusts nobody who talks to it and imports nothing but `judge`."""
