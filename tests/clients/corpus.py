#!/usr/bin/python3
"""Sends files as mail over one bare SMTP session and finds them again over IMAP.

corpus.py send HOST PORT FROM TO < list of files     one session, pipelined; prints how many got 250
corpus.py find CA HOST PORT USER PASSWORD < list     every file must be the end of one message, in order

What IMAP returns has to end with exactly what was sent, below the trace headers that the receiver put on top.
"""
import hashlib
import imaplib
import re
import socket
import ssl
import sys

imaplib._MAXLINE = 100_000_000


def normalised(path):
    """The file with CRLF line ends, as it goes over the wire and has to come back."""
    with open(path, 'rb') as file:
        raw = file.read()
    raw = re.sub(rb'\r\n|\r|\n', b'\r\n', raw)
    return raw if raw.endswith(b'\r\n') else raw + b'\r\n'


class Smtp:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.socket.makefile('rb')
        self.expect(b'220')
        self.say(b'EHLO mail.partner.test', b'250')

    def answer(self):
        while True:
            line = self.lines.readline()
            if line[3:4] != b'-':
                return line.strip()

    def expect(self, code):
        line = self.answer()
        if not line.startswith(code):
            raise SystemExit(f'expected {code}, got {line}')

    def say(self, line, code):
        self.socket.sendall(line + b'\r\n')
        self.expect(code)

    def deliver(self, sender, recipient, raw):
        self.socket.sendall(f'MAIL FROM:<{sender}> BODY=8BITMIME\r\nRCPT TO:<{recipient}>\r\nDATA\r\n'.encode())
        for code in (b'250', b'250', b'354'):
            self.expect(code)
        self.socket.sendall(re.sub(rb'(?m)^\.', b'..', raw) + b'.\r\n')
        return self.answer()


def send(host, port, sender, recipient):
    smtp = Smtp(host, int(port))
    accepted = 0
    for path in sys.stdin.read().split('\n'):
        if not path:
            continue
        answer = smtp.deliver(sender, recipient, normalised(path))
        if answer.startswith(b'250'):
            accepted += 1
        else:
            print(f'{path}: {answer.decode()}', file=sys.stderr)
    smtp.say(b'QUIT', b'221')
    print(accepted)


def find(ca, host, port, user, password):
    context = ssl.create_default_context(cafile=ca)
    context.check_hostname = False
    imap = imaplib.IMAP4_SSL(host, int(port), ssl_context=context, timeout=120)
    imap.login(user, password)
    imap.select('INBOX', readonly=True)
    uids = imap.uid('SEARCH', 'ALL')[1][0].split()
    paths = [path for path in sys.stdin.read().split('\n') if path]
    if len(uids) != len(paths):
        raise SystemExit(f'sent {len(paths)}, found {len(uids)}')
    wrong = 0
    for uid, path in zip(uids, paths):
        raw = imap.uid('FETCH', uid, '(BODY.PEEK[])')[1][0][1]
        sent = normalised(path)
        tail = raw[-len(sent):]
        trace = raw[:-len(sent)]
        same = hashlib.sha256(tail).digest() == hashlib.sha256(sent).digest()
        if not same or not trace.endswith(b'\r\n') or b'\r\n\r\n' in trace:
            wrong += 1
            print(f'{path}: uid {uid.decode()} came back otherwise; trace {trace[-120:]!r}', file=sys.stderr)
        # The parts a client asks for have to come back as well, whatever the message.
        for item in ('(ENVELOPE BODYSTRUCTURE)', '(BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[1])'):
            kind, data = imap.uid('FETCH', uid, item)
            if kind != 'OK' or not data or data[0] is None:
                wrong += 1
                print(f'{path}: {item} got {kind} {data}', file=sys.stderr)
    imap.logout()
    print(len(paths) - wrong)
    raise SystemExit(1 if wrong else 0)


if __name__ == '__main__':
    {'send': send, 'find': find}[sys.argv[1]](*sys.argv[2:])
