"""Serves a model on a free loopback port, whose address is printed, until standard input ends: serve.py FILE.gguf"""

import sys

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_ctx = 2048
parameters.n_parallel = 1
parameters.cpuparams.n_threads = 1
parameters.endpoint_slots = True
server = xllamacpp.Server(parameters)
print(f"address {server.listening_address}", flush=True)
# Whoever started this may end in any way: its end of the pipe closes with it.
sys.stdin.read()
