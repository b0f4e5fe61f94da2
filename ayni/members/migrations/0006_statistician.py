from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_validating_authority'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='role',
            field=models.CharField(choices=[('consular_officer', 'consular_officer'), ('case_supervisor', 'case_supervisor'), ('national_focal_point', 'national_focal_point'), ('service_provider', 'service_provider'), ('secretariat_officer', 'secretariat_officer'), ('presidency_officer', 'presidency_officer'), ('data_protection_officer', 'data_protection_officer'), ('validating_authority', 'validating_authority'), ('statistician', 'statistician'), ('node_administrator', 'node_administrator')], max_length=40),
        ),
    ]
