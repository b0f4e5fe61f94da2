"""The WSGI application of a node's web process."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from ayni.config import demonstration

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ayni.config.settings")

application = get_wsgi_application()

# Whatever server loads this: what is kept must belong to this kind of node.
demonstration.check_data(demo=settings.AYNI_DEMO)
