"""Serves localstripe on the loopback alone, where its own command would listen everywhere, and keeps no file.

The one argument is the port. Run as a program of its own: python tests/stand_ins/localstripe_on_loopback.py 8420
"""

import sys

from aiohttp import web
from localstripe.resources import store
from localstripe.server import app

store.dump_to_disk = lambda: None
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))
