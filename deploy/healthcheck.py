"""Exit status 0 when the web service of this container answers the given path with 200."""

import http.client
import os
import sys

# The portal answers only to its own names, so the check must use one of them.
host = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")
connection = http.client.HTTPConnection(
    "127.0.0.1", int(os.environ["WEB_BIND"].rpartition(":")[2]), timeout=5
)
connection.request("GET", sys.argv[1], headers={"Host": host})
sys.exit(connection.getresponse().status != 200)
