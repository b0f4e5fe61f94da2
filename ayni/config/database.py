"""Two roles on one database: the plain one for all work, the owner for migrations only."""

from __future__ import annotations

from typing import Any


class OwnerMigrates:
    """Routes every query to the plain role and every migration to the owner."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """The plain role reads."""
        return "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """The plain role writes."""
        return "default"

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        """Both aliases are one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Only the owner changes tables."""
        return db == "owner"
