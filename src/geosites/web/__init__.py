"""The service over HTTP: parse, ask a study, answer."""

from geosites.web.app import create_app

__all__ = ["create_app"]
