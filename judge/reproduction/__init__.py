"""One Python script that shows again, with torch alone, how a sample or a run failed."""
