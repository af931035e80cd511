"""Boards: who solved what, kept up to date in each verdict's own transaction."""
