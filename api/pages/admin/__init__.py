"""Pages for admins. Each calls the same functions as the API's route for the same action."""
