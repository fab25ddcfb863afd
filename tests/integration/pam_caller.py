"""An application that calls PAM, as a process of its own under pam_wrapper.

Reads a JSON object from its standard input: the `service`, the `calls` to make in
that order as pairs of name and flags (`set_user` with a name instead; at `fork` a child
makes all that follow, and after it this process), and the `conversations`, one a handle,
all handles side by side in threads.  Each has a `user`, the `answers` to questions in
their order, the last of which answers all that follow, and maybe a `host`.  Writes a
JSON list: for each handle the `codes` returned, to the `child` too, the `messages`
shown, the `questions` asked, PAM_USER at the end and the longest `delay` asked for
(microseconds; it is not waited for).
"""

import ctypes
import json
import os
import sys
import threading
from pathlib import Path

PAM_USER = 2
PAM_RHOST = 4
PAM_FAIL_DELAY = 10
PAM_PROMPT_ECHO_OFF = 1
PAM_PROMPT_ECHO_ON = 2
PAM_SUCCESS = 0


class Message(ctypes.Structure):
    _fields_ = [('style', ctypes.c_int), ('text', ctypes.c_char_p)]


class Response(ctypes.Structure):
    _fields_ = [('text', ctypes.c_void_p), ('code', ctypes.c_int)]


CONVERSE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(Message)),
    ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)
DELAY = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)


class Conversation(ctypes.Structure):
    _fields_ = [('converse', CONVERSE), ('data', ctypes.c_void_p)]


libc = ctypes.CDLL(None)
libc.calloc.restype = ctypes.c_void_p
libc.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
libc.strdup.restype = ctypes.c_void_p
libc.strdup.argtypes = [ctypes.c_char_p]


class Origin(ctypes.Structure):
    _fields_ = [('file', ctypes.c_char_p), ('base', ctypes.c_void_p),
                ('name', ctypes.c_char_p), ('address', ctypes.c_void_p)]


def wrapped_pam():
    """PAM's functions as this process sees them, which must be pam_wrapper's.

    Anything else would be the machine's own PAM: a test that runs as root could
    change real passwords through it.
    """
    origin = Origin()
    if not hasattr(libc, 'pam_start'):
        raise SystemExit('not under pam_wrapper: nothing is called')
    found = libc.dladdr(ctypes.cast(libc.pam_start, ctypes.c_void_p), ctypes.byref(origin))
    if not found or not Path(origin.file.decode()).name.startswith('libpam_wrapper.so'):
        raise SystemExit('not under pam_wrapper: nothing is called')
    if os.environ.get('PAM_WRAPPER') != '1' or not os.environ.get('PAM_WRAPPER_SERVICE_DIR'):
        raise SystemExit('pam_wrapper is not switched on: nothing is called')
    return libc


libpam = wrapped_pam()


class Handle:
    """One PAM transaction and what came of it."""

    def __init__(self, service, user, answers, host):
        self.answers = [text.encode('utf-8', 'surrogateescape') for text in answers]
        self.messages = []
        self.questions = []
        self.codes = []
        self.child = []
        self.delay = 0
        self.conversation = Conversation(CONVERSE(self.converse), None)
        self.on_delay = DELAY(self.note_delay)
        self.handle = ctypes.c_void_p()
        code = libpam.pam_start(service.encode(), user.encode('utf-8', 'surrogateescape'),
                                ctypes.byref(self.conversation), ctypes.byref(self.handle))
        if code != PAM_SUCCESS:
            raise SystemExit(f'pam_start: {code}')
        libpam.pam_set_item(self.handle, PAM_FAIL_DELAY, self.on_delay)
        if host:
            libpam.pam_set_item(self.handle, PAM_RHOST, host.encode())

    def note_delay(self, _code, delay, _data):
        self.delay = max(self.delay, delay)

    def converse(self, count, messages, responses, _data):
        answers = libc.calloc(count, ctypes.sizeof(Response))
        for index in range(count):
            message = messages[index].contents
            answer = Response.from_address(answers + index * ctypes.sizeof(Response))
            if message.style in (PAM_PROMPT_ECHO_OFF, PAM_PROMPT_ECHO_ON):
                self.questions.append(message.text.decode())
                answer.text = libc.strdup(
                    self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
            else:
                self.messages.append(message.text.decode())
        responses[0] = answers
        return PAM_SUCCESS

    def fork(self, calls):
        """Makes the calls in a child, which has this handle as it is now."""
        out, into = os.pipe()
        pid = os.fork()
        if pid == 0:
            self.codes = []
            self.run(calls)
            os.write(into, json.dumps(self.codes).encode())
            os._exit(0)
        os.close(into)
        with os.fdopen(out, 'rb') as file:
            self.child = json.load(file)
        os.waitpid(pid, 0)

    def run(self, calls):
        for place, (name, argument) in enumerate(calls):
            if name == 'fork':
                self.fork(calls[place + 1:])
                continue
            if name == 'set_user':
                code = libpam.pam_set_item(self.handle, PAM_USER, argument.encode())
            else:
                code = getattr(libpam, f'pam_{name}')(self.handle, argument)
            self.codes.append(code)

    def end(self):
        user = ctypes.c_char_p()
        libpam.pam_get_item(self.handle, PAM_USER, ctypes.byref(user))
        name = (user.value or b'').decode('utf-8', 'surrogateescape')
        libpam.pam_end(self.handle, PAM_SUCCESS)
        return {'codes': self.codes, 'child': self.child, 'messages': self.messages,
                'questions': self.questions, 'user': name, 'delay': self.delay}


def main():
    task = json.load(sys.stdin)
    handles = [Handle(task['service'], each['user'], each['answers'], each['host'])
               for each in task['conversations']]
    threads = [threading.Thread(target=handle.run, args=(task['calls'],))
               for handle in handles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump([handle.end() for handle in handles], sys.stdout)


main()
