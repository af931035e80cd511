"""Mock interviews: their files, users' sittings, the clock, hidden results, the report."""
