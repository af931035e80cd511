"""Code that runs inside the sandbox. Standard library and torch only; holds no secret."""
