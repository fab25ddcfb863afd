"""As much of BER and of LDAP's messages (RFC 4511) as a proxy or a false directory needs.

An element is a tag, a length and contents; all tags here have one byte.
"""

from typing import NamedTuple

SEQUENCE = 0x30
INTEGER = 0x02
OCTETS = 0x04
ENUMERATED = 0x0a
SET = 0x31
CONTROLS = 0xa0

BIND_REQUEST = 0x60
BIND_RESPONSE = 0x61
UNBIND_REQUEST = 0x42
SEARCH_REQUEST = 0x63
SEARCH_ENTRY = 0x64
SEARCH_DONE = 0x65
MODIFY_REQUEST = 0x66
ADD_REQUEST = 0x68
ABANDON_REQUEST = 0x50
EXTENDED_REQUEST = 0x77
EXTENDED_RESPONSE = 0x78
EXTENDED_NAME = 0x8a

SUCCESS = 0
PROTOCOL_ERROR = 2
INVALID_CREDENTIALS = 49
UNAVAILABLE = 52

NOTICE_OF_DISCONNECTION = b'1.3.6.1.4.1.1466.20036'
PASSWORD_POLICY = b'1.3.6.1.4.1.42.2.27.8.5.1'


def encode(tag, *contents):
    """An element; its contents are bytes that follow each other."""
    body = b''.join(contents)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes(4, 'big')
    return bytes([tag, 0x84]) + length + body


def number(value, tag=INTEGER):
    return encode(tag, value.to_bytes(value.bit_length() // 8 + 1, 'big'))


def message(number_of_message, operation, *controls):
    """An LDAP message around an element that is its operation."""
    parts = [number(number_of_message), operation]
    if controls:
        parts.append(encode(CONTROLS, *controls))
    return encode(SEQUENCE, *parts)


def result(tag, code, *more):
    """An operation that tells how another went."""
    return encode(tag, number(code, ENUMERATED), encode(OCTETS), encode(OCTETS), *more)


def entry(dn, attributes):
    """A search's entry, from a dict of texts."""
    lines = (encode(SEQUENCE, encode(OCTETS, name.encode()),
                    encode(SET, encode(OCTETS, value.encode())))
             for name, value in attributes.items())
    return encode(SEARCH_ENTRY, encode(OCTETS, dn.encode()), encode(SEQUENCE, *lines))


def control(name, value):
    return encode(SEQUENCE, encode(OCTETS, name), encode(OCTETS, value))


def take(data, start=0):
    """Tag, contents and end of the element at `start`; None while it is not whole."""
    if len(data) < start + 2:
        return None
    tag, length, body = data[start], data[start + 1], start + 2
    if length >= 0x80:
        size = length - 0x80
        length, body = int.from_bytes(data[body:body + size], 'big'), body + size
    if len(data) < body + length:
        return None
    return tag, data[body:body + length], body + length


class Message(NamedTuple):
    """What a message is about."""

    number: int
    operation: int  # its tag
    dn: str  # who binds, the base of a search, what is added or changed; '' elsewhere


def read(data):
    """The message of these bytes, which are a whole one."""
    _, contents, _ = take(data)
    _, number_of_message, end = take(contents)
    operation, body, _ = take(contents, end)
    dn = b''
    if operation == BIND_REQUEST:
        _, dn, _ = take(body, take(body)[2])
    elif operation in (SEARCH_REQUEST, MODIFY_REQUEST, ADD_REQUEST):
        _, dn, _ = take(body)
    return Message(int.from_bytes(number_of_message, 'big'), operation, dn.decode())


def split(buffer):
    """The whole messages of a bytearray, as bytes; what is not whole stays in it."""
    messages = []
    while (found := take(buffer)) is not None:
        messages.append(bytes(buffer[:found[2]]))
        del buffer[:found[2]]
    return messages
