"""Noise, model and records: what needs the extra `observatory` (numpy and OpenDP).

`encoding.py` reads records into the declared domain, `planning.py` divides the budget over the
tables, `measuring.py` counts and draws the noise, `model.py` fits one model to all noisy counts,
`drawing.py` draws the open records from it, `release.py` puts a release together and rebuilds it.
"""

import os
from importlib.util import find_spec

if find_spec("numpy") is None or find_spec("opendp") is None:
    raise ImportError(
        "Releases under differential privacy need numpy and OpenDP. Install them with the extra "
        "`observatory`. In the folder of the program: .venv/bin/python -m pip install "
        "--require-hashes -r requirements-observatory.txt"
    )

# Read when numpy is loaded. The matrices here are small: a second thread of OpenBLAS does nothing
# for them but wait, and on a busy machine that took fourteen times the processor time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
