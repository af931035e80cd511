"""Mock interviews: their files, who sits one, the clock, what is kept secret, the report."""
