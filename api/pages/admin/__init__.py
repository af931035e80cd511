"""What admins do, as pages. Each acts through the same functions as a route of the API does."""
