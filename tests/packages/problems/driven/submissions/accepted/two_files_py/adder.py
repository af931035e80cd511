from halves import both as add

__all__ = ["add"]
