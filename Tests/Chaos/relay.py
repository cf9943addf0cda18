"""A relay between workers and the coordinator that can cut, hold back and falsify.

It reads the frames of ZMTP 3 (https://rfc.zeromq.org/spec/23/) as they pass, so it can turn a
worker's good result into a reported failure or into rubbish, without the worker's knowledge.
"""

import asyncio
import contextlib
import json
import logging
import random
import struct
import threading

GREETING_BYTES = 64
FRAME_LIMIT = 4 << 20
RESULT = 0x05
# What is written to a connection that was just cut is lost on purpose.
logging.getLogger("asyncio").setLevel(logging.ERROR)
TRANSIENT = {"kind": "transient", "message": "made to fail on the way"}


def encode_frame(body, more=False, command=False):
    """One ZMTP frame."""
    flags = (1 if more else 0) | (4 if command else 0)
    if len(body) > 255:
        return struct.pack(">BQ", flags | 2, len(body)) + body
    return struct.pack(">BB", flags, len(body)) + body


class FrameReader:
    """Cuts a stream of bytes into ZMTP frames, however it arrives."""

    def __init__(self):
        self.pending = b""

    def feed(self, data):
        """The frames that are complete now, as (flags, body)."""
        self.pending += data
        frames = []
        while len(self.pending) >= 2:
            flags = self.pending[0]
            if flags & 2:
                if len(self.pending) < 9:
                    break
                start, size = 9, struct.unpack(">Q", self.pending[1:9])[0]
            else:
                start, size = 2, self.pending[1]
            if size > FRAME_LIMIT:
                raise ValueError(f"a frame of {size} bytes")
            if len(self.pending) < start + size:
                break
            frames.append((flags, self.pending[start:start + size]))
            self.pending = self.pending[start + size:]
        return frames


def falsify(message, failing, rubbish, chance):
    """A worker's message as it goes on: (frames, what was done to it).

    With the share `failing` a good result becomes a transient failure that does not say whether
    anything was done; with the share `rubbish` its value becomes one that no contract allows.
    """
    if len(message) != 3 or len(message[0]) != 8 or message[0][:3] != b"SWP":
        return message, None
    if message[0][4] != RESULT:
        return message, None
    draw = chance.random()
    if draw >= failing + rubbish:
        return message, None
    header = json.loads(message[1])
    if header.get("status") != "ok":
        return message, None
    if draw < failing:
        header["status"] = "error"
        header["failure"] = TRANSIENT
        return [message[0], json.dumps(header).encode(), b""], "failed"
    return [message[0], message[1], b'"rubbish"'], "rubbish"


class Relay:
    """Listens on a loopback port and passes everything on; runs in a thread of its own."""

    def __init__(self, target_port, seed):
        self.target_port = target_port
        self.chance = random.Random(seed)
        self.failing = 0.0
        self.rubbish = 0.0
        self.counts = {"connections": 0, "failed": 0, "rubbish": 0, "cut": 0}
        self._open = None          # an asyncio.Event: cleared while everything is held back
        self._refuses = False
        self._pairs = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the relay does not start")

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._loop.run_forever()

    async def _listen(self):
        self._open = asyncio.Event()
        self._open.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._ready.set()

    async def _serve(self, reader, writer):
        if self._refuses:
            writer.transport.abort()
            return
        try:
            above = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        self.counts["connections"] += 1
        pair = (writer, above[1])
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pass(reader, above[1], True),
                                 self._pass(above[0], writer, False))
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            self._pairs.discard(pair)
            for end in pair:
                end.transport.abort()

    async def _pass(self, reader, writer, is_from_worker):
        # Each side waits for the first bytes of the other's greeting, so none may be kept back.
        left = GREETING_BYTES
        while left:
            data = await reader.read(left)
            if not data:
                raise asyncio.IncompleteReadError(b"", None)
            writer.write(data)
            left -= len(data)
        frames, message = FrameReader(), []
        while True:
            data = await reader.read(65536)
            await self._open.wait()
            if not data or writer.transport.is_closing():
                raise asyncio.IncompleteReadError(b"", None)
            if not is_from_worker:
                writer.write(data)
                await writer.drain()
                continue
            for flags, body in frames.feed(data):
                if flags & 4:
                    writer.write(encode_frame(body, command=True))
                    continue
                message.append(body)
                if flags & 1:
                    continue
                message, did = falsify(message, self.failing, self.rubbish, self.chance)
                if did:
                    self.counts[did] += 1
                for place, frame in enumerate(message):
                    writer.write(encode_frame(frame, more=place < len(message) - 1))
                message = []
            await writer.drain()

    def _call(self, function, *arguments):
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)

    def cut(self, share):
        """Ends this share of the connections, at least one, without a good-bye."""
        def cut():
            pairs = sorted(self._pairs, key=id)
            for pair in pairs[:max(1, round(len(pairs) * share))]:
                self.counts["cut"] += 1
                for end in pair:
                    end.transport.abort()
        self._call(cut)

    def hold(self):
        """Passes nothing on until `release`; connections stay."""
        self._call(lambda: self._open.clear())

    def refuse(self):
        """Cuts everything, and takes no new connection until `release`."""
        self._refuses = True
        self.cut(1.0)

    def release(self):
        """Behaves again."""
        self._refuses = False
        self._call(lambda: self._open.set())

    def close(self):
        self._call(self._loop.stop)
        self._thread.join(5)
