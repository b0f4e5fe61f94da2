"""Noise, model and records: what needs the extra `observatory` (numpy and OpenDP).

`encoding.py` reads records into the declared domain, `planning.py` divides the budget over the
tables, `measuring.py` counts and draws the noise, `model.py` fits one model to all noisy counts,
`drawing.py` draws the open records from it, `release.py` puts a release together and rebuilds it.
"""

from importlib.util import find_spec

if find_spec("numpy") is None or find_spec("opendp") is None:
    raise ImportError(
        "Releases under differential privacy need numpy and OpenDP. Install them with the extra "
        "`observatory`: pip install --require-hashes -r requirements-observatory.txt"
    )
