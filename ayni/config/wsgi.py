"""The WSGI application of a node's web process."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from ayni.config import demonstration
from ayni.config.patience import Patience
from ayni.config.readable import Readable
from ayni.config.released import Released
from ayni.lib import collecting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ayni.config.settings")

application = Patience(Released(Readable(get_wsgi_application())))

# Whatever server loads this: what is kept must belong to this kind of node.
demonstration.check_data(demo=settings.AYNI_DEMO)

len(get_resolver().url_patterns)  # every page is loaded now, not by whoever asks first
collecting.spare_what_is_loaded()
