"""A directory that lets everybody in, and on demand sends what no directory should."""

import socket
import socketserver
import threading
from typing import NamedTuple

from stack import ber
from stack.ber import BIND_REQUEST, BIND_RESPONSE, SEARCH_DONE, SEARCH_REQUEST
from stack.people import generalized_time

CLOSE = 'close'
HALF_CLOSE = 'half-close'


class Reply(NamedTuple):
    """What goes back for a request, and what becomes of the connection after it."""

    data: bytes
    end: str = None


def card(dn):
    """The entry of who has that DN."""
    uid = dn.partition(',')[0].partition('=')[2]
    return {'uid': uid, 'cn': 'Some Body', 'mail': f'{uid}@example.org',
            'entryUUID': '9f3c1a52-5bd1-103f-8a1e-3d1f2b8f0a11',
            'gatehousePasswordSet': generalized_time(),
            'gatehouseLastSignIn': generalized_time(),
            # No provider has come further.
            'contextCSN': '99991231235959.999999Z#000000#000#000000'}


def found(message, dn=None, **attributes):
    """An entry in answer to a search, and its end."""
    entry = ber.entry(dn or message.dn, card(dn or message.dn) | attributes)
    return ber.message(message.number, entry) + done(message)


def done(message, code=ber.SUCCESS, *controls):
    """The end of a search or a bind."""
    tag = SEARCH_DONE if message.operation == SEARCH_REQUEST else BIND_RESPONSE
    return ber.message(message.number, ber.result(tag, code), *controls)


def honest(message):
    return Reply(found(message) if message.operation == SEARCH_REQUEST else done(message))


class FalseDirectory(socketserver.ThreadingTCPServer):
    """A directory that lets everybody in, and does its `mischief` to requests of one kind."""

    daemon_threads = True

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            buffer = bytearray()
            self.request.sendall(self.server.greeting)
            try:
                while data := self.request.recv(65536):
                    buffer += data
                    for message in map(ber.read, ber.split(buffer)):
                        if not self.answer(message):
                            return
            except OSError:
                pass

        def answer(self, message):
            """Whether the connection goes on."""
            self.server.asked += 1
            self.server.people += message.dn.startswith('uid=')
            if message.operation in (ber.UNBIND_REQUEST, ber.ABANDON_REQUEST):
                return True
            reply = self.server.reply(message)
            self.request.sendall(reply.data)
            if reply.end == HALF_CLOSE:
                self.request.shutdown(socket.SHUT_WR)
            return reply.end != CLOSE

    def __init__(self, service_dn):
        super().__init__(('127.0.0.1', 0), self.Handler)
        self.uri = f'ldap://127.0.0.1:{self.server_address[1]}'
        self.service_dn = service_dn
        self.behave()
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def behave(self):
        self.greeting = b''
        self.asked = self.people = 0
        self.misbehave(None, None)

    def misbehave(self, operation, mischief, to_gateway=False):
        """From now on answers to `operation` are the mischief's; those to the gateway's own
        bind only where that is said."""
        self.operation, self.mischief, self.to_gateway = operation, mischief, to_gateway

    def reply(self, message):
        is_gateway = message.operation == BIND_REQUEST and message.dn == self.service_dn
        if message.operation == self.operation and is_gateway == self.to_gateway:
            return self.mischief(message)
        return honest(message)

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()


def endless(message):
    """Entries without end, as many as go into the answer's bounds and some more."""
    return b''.join(ber.message(message.number, ber.entry(message.dn, card(message.dn)))
                    for _ in range(3000))


NOTICE = ber.message(0, ber.result(
    ber.EXTENDED_RESPONSE, ber.UNAVAILABLE,
    ber.encode(ber.EXTENDED_NAME, ber.NOTICE_OF_DISCONNECTION)))

# After these the connection is of no more use.
RUINOUS = {
    'garbage': lambda message: Reply(b'\xff\xfe\x00garbage' * 50),
    'zeros': lambda message: Reply(bytes(64)),
    'garbage behind an answer': lambda message: Reply(honest(message).data[:-1] + b'\xff' * 20),
    'empty message': lambda message: Reply(b'\x30\x00'),
    'no operation': lambda message: Reply(ber.encode(ber.SEQUENCE,
                                                     ber.number(message.number))),
    'message that is larger than any': lambda message: Reply(b'\x30\x84\x7f\xff\xff\xff'),
    'length of a hundred bytes': lambda message: Reply(b'\x30\xe4' + b'\x01' * 100),
    'message without a length': lambda message: Reply(b'\x30\x80\x02\x01'),
    'part of a message, then the end': lambda message: Reply(honest(message).data[:-5], CLOSE),
    'the end': lambda message: Reply(b'', CLOSE),
    'half an end': lambda message: Reply(b'', HALF_CLOSE),
    'notice of disconnection': lambda message: Reply(NOTICE, CLOSE),
    'notice without disconnection': lambda message: Reply(NOTICE),
    'answer to another kind of request': lambda message: Reply(ber.message(
        message.number, ber.result(
            BIND_RESPONSE if message.operation == SEARCH_REQUEST else SEARCH_DONE, 0))),
    'thousands of entries': lambda message: Reply(endless(message)),
    'code that is negative': lambda message: Reply(ber.message(message.number, ber.encode(
        done(message)[5], b'\x0a\x01\xff', ber.encode(ber.OCTETS), ber.encode(ber.OCTETS)))),
    'result without its parts': lambda message: Reply(
        ber.message(message.number, ber.encode(done(message)[5]))),
}

# After these there is nothing but to wait.
SILENT = {
    'silence': lambda message: Reply(b''),
    # Its second letter is a length.
    'text of another protocol': lambda message: Reply(b'HTTP/1.1 400 Bad Request\r\n\r\n'),
    'part of a message': lambda message: Reply(honest(message).data[:-5]),
    'answer to a request that nobody made': lambda message: Reply(
        ber.message(message.number + 1000, ber.result(done(message)[5], 0))),
}
