"""Webhooks: messages that are sent to an address that somebody named, when something happens."""
