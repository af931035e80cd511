"""Boards: which user solved which problem, updated in the transaction of each verdict."""
