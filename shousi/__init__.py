"""The module that `%load_ext shousi` imports in a notebook; `cli/notebook.py` has the code."""

from cli.notebook import load_ipython_extension

__all__ = ["load_ipython_extension"]
