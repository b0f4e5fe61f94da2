"""Takes long enough to be interrupted."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """A second table, after a while."""

    dependencies: ClassVar = [("grown", "0001_first")]
    operations: ClassVar = [
        migrations.RunSQL("select pg_sleep(3)"),
        migrations.RunSQL("create table grown_second (id int)"),
    ]
