"""What the scripts of the sensor's tests begin with."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import urllib.request

NAME = sys.argv[1].split("/")[2]
ADDRESS = socket.gethostbyname(NAME)
# Served, and a connection to it need not come to a request.
SERVED = (ADDRESS, 80)


def tell(**facts):
    print(json.dumps(facts), flush=True)


def connect(address=SERVED, family=socket.AF_INET, kind=socket.SOCK_STREAM, protocol=0):
    with socket.socket(family, kind, protocol) as made:
        made.connect(address)


def closed_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()


def forked(function):
    """Runs a function in a child that becomes no other program."""
    child = os.fork()
    if child == 0:
        try:
            function()
        finally:
            os._exit(0)
    return child


def waited(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def beacon():
    urllib.request.urlopen(sys.argv[1], timeout=10).read()


