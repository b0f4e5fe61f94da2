"""A node's settings with the changes of this folder."""

from ayni.config.settings import *  # noqa: F403
from ayni.config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.node.grown"]
