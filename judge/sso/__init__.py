"""Single sign-on by a provider: OpenID Connect 1.0, the authorization code flow with PKCE.

A provider is trusted only for what it signs: the size and speed of its answers, and the addresses
that it sends us to, are checked. Nothing here knows the database or the requests to this service.
"""
