"""Signing in by a provider of one's own: OpenID Connect 1.0, the authorization code flow with PKCE.

A provider is trusted with what it signs, and with nothing else: how large or slow its answers are,
and where it sends us, is checked. Nothing here knows the database or HTTP requests to us.
"""
