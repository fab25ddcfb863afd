"""A name server that tells one address for every name, and another one when a test says so."""

import socketserver
import struct
import threading

HEADER = struct.Struct('!6H')
RESPONSE = 0x8180
A = 1


class NameServer(socketserver.ThreadingUDPServer):
    """Answers questions for IPv4 addresses with `address`, good for a second (RFC 1035)."""

    daemon_threads = True

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            data, listener = self.request
            number = HEADER.unpack_from(data)[0]
            question = data[HEADER.size:data.index(b'\0', HEADER.size) + 5]
            kind, = struct.unpack('!H', question[-4:-2])
            answer = b''
            if kind == A:
                # The name is the question's, which begins behind the header.
                answer = struct.pack('!3HIH', 0xc000 | HEADER.size, A, 1, 1, 4) + bytes(
                    int(part) for part in self.server.address.split('.'))
            listener.sendto(HEADER.pack(number, RESPONSE, 1, kind == A, 0, 0)
                            + question + answer, self.client_address)
            self.server.asked += 1

    def __init__(self, address):
        super().__init__(('127.0.0.1', 0), self.Handler)
        self.address = address
        self.asked = 0
        self.place = f'127.0.0.1:{self.server_address[1]}'
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()
