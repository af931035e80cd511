"""What every process of Shousi agrees on: types, the database, one submission's whole life."""
