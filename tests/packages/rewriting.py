"""Rewrites a program: other names, no comments, another layout, the same behaviour."""

import ast


def rewritten(source: str) -> str:
    """Python source that does the same: local names changed, docstrings and comments gone."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            _drop_docstring(node)
    return f"# written anew\n\n{ast.unparse(_Renamer().visit(tree))}\n"


def _drop_docstring(node: ast.FunctionDef | ast.ClassDef | ast.Module) -> None:
    if len(node.body) > 1 and ast.get_docstring(node, clean=False) is not None:
        del node.body[0]


class _Renamer(ast.NodeTransformer):
    """Renames what functions assign to; parameters keep their names, which callers may use."""

    def __init__(self) -> None:
        self._scopes: list[dict[str, str]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        outer = self._scopes[-1] if self._scopes else {}
        depth = len(self._scopes)
        names = {
            name: outer.get(name, f"name_{depth}_{number}")
            for number, name in enumerate(sorted(_assigned(node)))
        }
        own = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        kept = {name: new for name, new in {**outer, **names}.items() if name not in own}
        self._scopes.append(kept)
        node.body = [self.visit(statement) for statement in node.body]
        self._scopes.pop()
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if self._scopes:
            node.id = self._scopes[-1].get(node.id, node.id)
        return node


def _assigned(function: ast.FunctionDef) -> set[str]:
    """The names that are the function's own to choose, those of functions in it too."""
    stored: set[str] = set()
    shared: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                stored.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                shared.update(names)
            case ast.arg(arg=name):
                shared.add(name)
            case ast.FunctionDef(name=name) if node is not function:
                shared.add(name)
    return stored - shared
