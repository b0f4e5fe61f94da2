"""The WSGI application of a node's web process."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ayni.config.settings")

application = get_wsgi_application()
