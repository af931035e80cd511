"""The queue process. It is trusted: it has the answers, starts the jails and makes the verdicts."""
