"""The queue process: trusted, holds the answers, starts the jails, states the verdicts."""
