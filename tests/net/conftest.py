import os
import sys

sys.path.insert(0, os.path.dirname(__file__))

from name_servers import dns_server  # noqa: E402,F401
from responders import avahi, lan, link  # noqa: E402,F401
from servers import lab  # noqa: E402,F401
