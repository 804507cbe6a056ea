"""Preloaded modules, imported by the process from which workers are forked, to share memory.

This process ignores the signal that stops workers, which reaches every process of the service: it
has to outlive them to report their exit status, and ends after the last of them.
"""

from __future__ import annotations

import signal

import geosites.cli.server.application  # noqa: F401 - what the workers are made of
from geosites import services
from geosites.ops.memory_release import give_back_memory, share_with_children
from geosites.presentation import i18n
from geosites.web.app import shared_routes

signal.signal(signal.SIGTERM, signal.SIG_IGN)
give_back_memory()
services.read_all()
i18n.read_all()
shared_routes()
share_with_children()
