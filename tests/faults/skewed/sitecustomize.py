"""A machine whose clock is wrong: Python finds this file first where PYTHONPATH names the folder.

AYNI_FAULTS_CLOCK says by how many seconds. PostgreSQL keeps the right time, as one on another
machine would.
"""

import os
from datetime import UTC, datetime, timedelta

import time_machine

_OFF = float(os.environ.get("AYNI_FAULTS_CLOCK", "0"))
if _OFF:
    time_machine.travel(datetime.now(UTC) + timedelta(seconds=_OFF), tick=True).start()
