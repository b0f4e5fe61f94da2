"""A table."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """The first of two changes that belong together."""

    dependencies: ClassVar = []
    operations: ClassVar = [migrations.RunSQL("create table grown_first (id int)")]
