"""What `%load_ext shousi` imports in a notebook; the rest is in `cli/notebook.py`."""

from cli.notebook import load_ipython_extension

__all__ = ["load_ipython_extension"]
