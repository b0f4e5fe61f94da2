"""The WSGI application of a node's web process."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils import translation

from ayni.config import demonstration
from ayni.config.patience import Patience
from ayni.config.readable import Readable
from ayni.config.released import Released
from ayni.lib import collecting
from ayni.statistics.pages import kept_files

collecting.seldom()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ayni.config.settings")

application = Patience(Released(Readable(get_wsgi_application())))

# Whatever server loads this: what is kept must belong to this kind of node.
demonstration.check_data(demo=settings.AYNI_DEMO)

# Every page is loaded now, not by whoever asks first; nor are the addresses put together, for each
# language and by each thread at once, while the first requests wait.
for language, _name in settings.LANGUAGES:
    with translation.override(language):
        len(get_resolver().reverse_dict)
kept_files.program()  # now: when somebody asks, the next version may lie on the disk
collecting.spare_what_is_loaded()
