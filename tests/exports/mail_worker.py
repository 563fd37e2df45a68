"""Sends the mail of the network that the environment names, as the app does. For each line that it
reads another process begins to, in place of the last, which is killed."""

import os
import signal
import sys
import time

from anchornet import settings
from anchornet.exports.mail import worker
from anchornet.facts.build import open_network

worker.EVERY, worker.EARLIEST = 0.05, 24  # and nobody is reminded of anything
process = 0
for _ in sys.stdin:
    if process:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    process = os.fork()
    if not process:
        sending = worker.Worker(open_network(settings.load()))
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        time.sleep(120)
os.kill(process, signal.SIGKILL)
