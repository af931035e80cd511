"""The code that all processes of Shousi share: types, the database, a submission's whole life."""
