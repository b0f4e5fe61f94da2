from django.db import migrations

# What django-allauth keeps of a ministry's sign-on, and what it must never keep here: the pair of
# issuer and subject, one of an issuer for each officer; no other word about the person; no token;
# no provider but the one of the node's settings.
_KEPT = """
alter table socialaccount_socialaccount
    add constraint members_sign_on_one_of_an_issuer unique (user_id, provider),
    add constraint members_sign_on_nothing_else check (extra_data = '{}'::jsonb),
    add constraint members_sign_on_is_one check (uid <> '' and provider <> '');
alter table socialaccount_socialtoken
    add constraint members_sign_on_no_token check (false);
alter table socialaccount_socialapp
    add constraint members_sign_on_only_by_settings check (false);
"""
_BACK = """
alter table socialaccount_socialapp drop constraint members_sign_on_only_by_settings;
alter table socialaccount_socialtoken drop constraint members_sign_on_no_token;
alter table socialaccount_socialaccount
    drop constraint members_sign_on_is_one,
    drop constraint members_sign_on_nothing_else,
    drop constraint members_sign_on_one_of_an_issuer;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0002_reminded_on"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]

    operations = [migrations.RunSQL(sql=_KEPT, reverse_sql=_BACK)]
