import os

# The embedded size has no Redis that could hang.
collect_ignore = [] if "REDIS_URL" in os.environ else ["test_hanging.py"]
