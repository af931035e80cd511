"""Webhooks: messages sent to an address that a user has named, when something happens."""
