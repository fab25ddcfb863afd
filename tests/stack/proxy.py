"""A proxy between the gateway and a directory, which tells what it saw and makes trouble.

It understands LDAP messages, so that each answer can be held back by itself,
and keeps a journal of all that went by, in order.
"""

import asyncio
import threading
from typing import NamedTuple

from . import ber
from .process import Port

READ_SIZE = 65536


class Event(NamedTuple):
    """A message that reached the proxy, from the gateway or from the directory."""

    connection: int
    is_answer: bool
    message: ber.Message


class Connection:
    """One connection of the gateway's, and the one to the directory behind it."""

    def __init__(self, proxy, number, near, far):
        self.proxy = proxy
        self.number = number
        self.near = near
        self.far = far
        self.is_service = False
        self.is_deaf = False
        self.is_mute = False
        tls = near.get_extra_info('ssl_object')
        self.is_resumed = tls is not None and tls.session_reused

    async def run(self, near, far):
        """Hands messages on until either side has had enough."""
        pumps = [asyncio.ensure_future(self.pump(near, self.on_request)),
                 asyncio.ensure_future(self.pump(far, self.on_answer))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        self.close()

    async def pump(self, reader, handle):
        buffer = bytearray()
        try:
            while data := await reader.read(READ_SIZE):
                buffer += data
                for message in ber.split(buffer):
                    handle(message)
        except OSError:
            pass

    def on_request(self, data):
        message = ber.read(data)
        self.is_service |= message.dn == self.proxy.service_dn
        self.proxy.note(Event(self.number, False, message))
        if not (self.is_deaf or self.proxy.is_deaf
                or message.operation == self.proxy.is_deaf_to
                or message.dn == self.proxy.is_deaf_about):
            self.far.write(data)

    def on_answer(self, data):
        message = ber.read(data)
        self.proxy.note(Event(self.number, True, message))
        self.proxy.deliver(self, data)

    def answer(self, data):
        if not (self.is_mute or self.near.is_closing()):
            self.near.write(data)

    def end_answers(self):
        """Says that nothing more will come, and goes on listening."""
        if not (self.is_mute or self.near.is_closing()):
            self.is_mute = True
            self.near.write_eof()

    def close(self):
        self.near.close()
        self.far.close()


class Proxy:
    """A proxy on a loopback port to `target`, the port of a directory.

    With `tls`, an ssl.SSLContext, it is the TLS end in front of a directory that
    knows none.

    address, port  where it listens, in place of a free port of 127.0.0.1
    delay       every answer is held back for this long (s), each by itself
    is_deaf     what comes from the gateway is swallowed, as by a cut wire
    is_deaf_to  the operation (its tag) that is swallowed
    is_deaf_about  the DN whose operations are swallowed: those on it, not below it
    hold()      answers pile up until release(); those to the gateway's own
                bind, as `service_dn`, go on
    cut()       ends all connections
    half_close()  ends all connections in one direction, that of the answers
    refuse()    ends all connections and takes no more, until accept()
    """

    def __init__(self, target, service_dn, tls=None, address='127.0.0.1', port=None):
        self.target = target
        self.tls = tls
        self.address = address
        self.service_dn = service_dn
        self.delay = 0
        self.is_deaf = False
        self.is_deaf_to = None
        self.is_deaf_about = None
        self.is_holding = False
        self.held = []
        self.connections = []
        self.journal = []
        self.server = None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.port = port or Port()
        self.uri = f'{"ldaps" if tls else "ldap"}://{address}:{self.port.number}'
        self.accept()

    def do(self, coroutine):
        """Runs it in the proxy's thread and waits for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    # In the proxy's thread.

    async def serve(self, near_reader, near):
        try:
            far_reader, far = await asyncio.open_connection('127.0.0.1', self.target)
        except OSError:
            near.close()
            return
        connection = Connection(self, len(self.connections), near, far)
        self.connections.append(connection)
        await connection.run(near_reader, far_reader)

    def note(self, event):
        self.journal.append(event)

    def deliver(self, connection, data):
        is_own_bind = (connection.is_service
                       and ber.read(data).operation == ber.BIND_RESPONSE)
        if self.is_holding and not is_own_bind:
            self.held.append((connection, data))
        elif self.delay:
            self.loop.call_later(self.delay, connection.answer, data)
        else:
            connection.answer(data)

    async def _release(self):
        self.is_holding = False
        held, self.held = self.held, []
        for connection, data in held:
            self.deliver(connection, data)

    async def _drop(self):
        self.held.clear()

    async def _forget_connections(self):
        self.is_deaf = False
        for connection in self.connections:
            connection.is_deaf = True

    async def _cut(self):
        for connection in self.connections:
            connection.close()

    async def _half_close(self):
        for connection in self.connections:
            connection.end_answers()

    async def _refuse(self):
        self.server.close()
        await self._cut()

    async def _accept(self):
        self.server = await asyncio.start_server(self.serve, self.address, self.port.number,
                                                 ssl=self.tls)

    async def _end(self):
        await self._refuse()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # In the test's.

    def hold(self):
        self.is_holding = True

    def release(self):
        self.do(self._release())

    def results(self):
        """How many operations have their answer held back."""
        return sum(ber.read(data).operation != ber.SEARCH_ENTRY
                   for _, data in list(self.held))

    def drop(self):
        """Throws away what is held."""
        self.do(self._drop())

    def forget_connections(self):
        """From now on only what is opened later is heard."""
        self.do(self._forget_connections())

    def cut(self):
        self.do(self._cut())

    def half_close(self):
        self.do(self._half_close())

    def refuse(self):
        self.do(self._refuse())

    def accept(self):
        self.do(self._accept())

    def forget(self):
        """Begins a new journal."""
        self.journal = []

    def requests(self, *operations):
        """Who was asked for what, in order: operations and DNs of the requests so far.

        Without `operations`, of searches and binds.
        """
        wanted = operations or (ber.SEARCH_REQUEST, ber.BIND_REQUEST)
        return [(event.message.operation, event.message.dn) for event in list(self.journal)
                if not event.is_answer and event.message.operation in wanted]

    def close(self):
        self.do(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        self.port.release()
