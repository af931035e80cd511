"""Problem packages: Kattis's format with our `judge.yaml`, from folder or archive to database."""
