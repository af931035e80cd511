"""The app includes every module that has routes."""

import pkgutil
from importlib import import_module

from fastapi import APIRouter

import api.pages
import api.v1
from api.main import _PAGES, _PARTS
from api.v1 import health


def test_the_app_includes_every_router() -> None:
    included = {id(part.router) for part in (*_PARTS, *_PAGES, health)}
    left_out = [
        found.name
        for package in (api.v1, api.pages)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if isinstance(router := getattr(import_module(found.name), "router", None), APIRouter)
        and id(router) not in included
    ]
    assert not left_out
