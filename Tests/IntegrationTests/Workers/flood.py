#!/usr/bin/python3
"""Sends so many messages of rubbish to an endpoint: flood.py ENDPOINT COUNT SEED."""

import json
import random
import struct
import sys

import zmq

endpoint, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)
context = zmq.Context()


def prefix(verb):
    return struct.pack("!3sBBBH", b"SWP", 1, verb, 0, 0)


def noise(most):
    return chance.randbytes(chance.randrange(most))


def message():
    kind = chance.randrange(6)
    if kind == 0:       # any frames at all
        return [noise(200) for _ in range(chance.randrange(1, 6))]
    if kind == 1:       # a good prefix, and rubbish behind it
        return [prefix(chance.randrange(256)), noise(300), noise(300)]
    if kind == 2:       # results for leases of somebody else
        header = {"sid": f"guess{chance.randrange(100)}", "lease": f"L{chance.randrange(1, 400)}",
                  "status": "ok"}
        return [prefix(0x05), json.dumps(header).encode(), b"{}"]
    if kind == 3:       # a stranger that asks for a session
        header = {"token": "0" * 32, "instance": f"echo-{chance.randrange(1, 4)}", "minor": [0, 1],
                  "credit": 512, "pid": 1, "capabilities": ["echo"]}
        return [prefix(0x01), json.dumps(header).encode(), b""]
    if kind == 4:       # deep nesting and long lists
        depth = chance.randrange(1, 2000)
        return [prefix(0x02), b'{"busy":' + b"[" * depth + b"]" * depth + b"}", b""]
    header = json.dumps({"sid": "x", "busy": []}).encode()      # a beat with one byte turned
    place = chance.randrange(len(header))
    return [prefix(0x02), header[:place] + bytes([chance.randrange(256)]) + header[place + 1:], b""]


socket = None
for number in range(count):
    if number % 2000 == 0:      # now and then from a new connection
        if socket:
            socket.close(2000)
        socket = context.socket(zmq.DEALER)
        socket.connect(endpoint)
    socket.send_multipart(message())
    while socket.poll(0):
        socket.recv_multipart()
socket.close(5000)
context.term()
print(count)
