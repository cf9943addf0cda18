"""Becomes the program it is given, with the endpoint of a relay for the coordinator's."""

import os
import sys

os.environ["SWARM_ENDPOINT"] = os.environ["CHAOS_ENDPOINT"]
os.execvp(sys.argv[1], sys.argv[1:])
