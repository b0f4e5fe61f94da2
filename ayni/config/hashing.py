"""Password hashing at least as costly as Argon2id with 128 MB and three passes."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class CostlyArgon2(Argon2PasswordHasher):
    """Argon2id, 128 MiB, 3 passes, 1 lane (RFC 9106; the bar is GlobaLeaks' setting)."""

    time_cost = 3
    memory_cost = 128 * 1024
    parallelism = 1
