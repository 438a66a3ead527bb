#!/usr/bin/python3
"""A mail reader for the tests on Python's imaplib: what a mailbox looks like from outside, as JSON.

imap_mail.py [--tls|--starttls] [--ca FILE] HOST PORT USER PASSWORD COMMAND...
  dump                              every folder with every message
  raw FOLDER UID                    one message, as it is
  append FOLDER FLAGS UNIX_SECONDS  a message from standard input; FLAGS such as '\\Seen'
  store FOLDER UIDS CHANGE FLAGS    such as: store INBOX 1:3 +FLAGS '\\Seen'
  move FOLDER UIDS DESTINATION      MOVE
  delete FOLDER UIDS                STORE \\Deleted, EXPUNGE
  create FOLDER
  idle SECONDS                      IDLE on INBOX until something is said; prints it
"""
import argparse
import base64
import hashlib
import imaplib
import json
import re
import ssl
import sys
import time
from email import message_from_bytes
from email.header import decode_header, make_header

imaplib._MAXLINE = 50_000_000
LIST = re.compile(rb'\((?P<attributes>[^)]*)\) (?P<separator>"[^"]*"|NIL) (?P<name>.*)')


def decode_utf7(name):
    """Modified UTF-7 (RFC 3501 section 5.1.3)."""
    def one(match):
        text = match.group(1)
        return '&' if not text else base64.b64decode(text.replace(',', '/') + '=' * (-len(text) % 4)).decode('utf-16-be')
    return re.sub('&([^-]*)-', one, name)


def encode_utf7(name):
    def one(match):
        text = match.group(0)
        if text == '&':
            return '&-'
        return '&' + base64.b64encode(text.encode('utf-16-be')).decode().rstrip('=').replace('/', ',') + '-'
    return re.sub('&|[^\x20-\x7e]+', one, name)


def quoted(name):
    return '"' + encode_utf7(name).replace('\\', '\\\\').replace('"', '\\"') + '"'


def checked(answer):
    kind, data = answer
    if kind != 'OK':
        raise SystemExit(f'server said {kind}: {data}')
    return data


def connect(options):
    if options.tls or options.starttls:
        context = ssl.create_default_context(cafile=options.ca)
        context.check_hostname = False
        if not options.ca:
            context.verify_mode = ssl.CERT_NONE
    if options.tls:
        imap = imaplib.IMAP4_SSL(options.host, options.port, ssl_context=context, timeout=60)
    else:
        imap = imaplib.IMAP4(options.host, options.port, timeout=60)
        if options.starttls:
            imap.starttls(context)
    imap.login(options.user, options.password)
    return imap


def folders(imap):
    for line in checked(imap.list()):
        if isinstance(line, tuple):
            line = line[0].rsplit(b' ', 1)[0] + b' ' + line[1]
        match = LIST.match(line or b'')
        if not match:
            continue
        name = match['name'].decode()
        if name.startswith('"'):
            name = name[1:-1].replace('\\"', '"').replace('\\\\', '\\')
        attributes = match['attributes'].decode().split()
        if '\\Noselect' not in attributes and '\\NonExistent' not in attributes:
            yield decode_utf7(name), attributes


def header(message, name):
    try:
        return str(make_header(decode_header(message.get(name) or '')))
    except Exception:
        return str(message.get(name))


def described(uid, part, raw):
    message = message_from_bytes(raw.split(b'\r\n\r\n', 1)[0] + b'\r\n\r\n')
    return {
        'uid': uid,
        'flags': sorted(flag.decode() for flag in imaplib.ParseFlags(part) if flag.lower() != b'\\recent'),
        'received_s': int(time.mktime(imaplib.Internaldate2tuple(part))),
        'size': len(raw),
        'sha256': hashlib.sha256(raw).hexdigest(),
        'body_sha256': hashlib.sha256(raw.split(b'\r\n\r\n', 1)[-1]).hexdigest(),
        'message_id': str(message.get('Message-ID') or '').strip(),
        'subject': header(message, 'Subject'),
        'relais_id': str(message.get('Relais-Id') or '').strip(),
    }


def messages(imap):
    data = checked(imap.uid('FETCH', '1:*', '(UID FLAGS INTERNALDATE BODY.PEEK[])'))
    found = []
    for position, item in enumerate(data):
        if not isinstance(item, tuple):
            continue
        # A server may name attributes before the literal or after it.
        after = data[position + 1] if position + 1 < len(data) and isinstance(data[position + 1], bytes) else b''
        part = item[0] + b' ' + after
        uid = int(re.search(rb'UID (\d+)', part)[1])
        found.append(described(uid, part, item[1]))
    return sorted(found, key=lambda message: message['uid'])


def dump(imap):
    result = {}
    for name, attributes in list(folders(imap)):
        count = int(checked(imap.select(quoted(name), readonly=True))[0])
        uidvalidity = int(imap.response('UIDVALIDITY')[1][0])
        result[name] = {
            'attributes': sorted(attributes),
            'uidvalidity': uidvalidity,
            'messages': messages(imap) if count else [],
        }
    return result


def idle(imap, seconds):
    checked(imap.select('INBOX', readonly=True))
    imap.send(b'X1 IDLE\r\n')
    lines = [imap.readline()]
    print('idling', flush=True)
    imap.sock.settimeout(float(seconds))
    lines.append(imap.readline())
    imap.send(b'DONE\r\n')
    while not lines[-1].startswith(b'X1 '):
        lines.append(imap.readline())
    print(lines[1].decode().strip())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--tls', action='store_true')
    parser.add_argument('--starttls', action='store_true')
    parser.add_argument('--ca')
    parser.add_argument('host')
    parser.add_argument('port', type=int)
    parser.add_argument('user')
    parser.add_argument('password')
    parser.add_argument('command')
    parser.add_argument('rest', nargs='*')
    # Flags such as +FLAGS or \Seen must not be taken for options.
    options = parser.parse_args()
    imap = connect(options)
    rest = options.rest
    if options.command == 'dump':
        print(json.dumps(dump(imap)))
    elif options.command == 'raw':
        checked(imap.select(quoted(rest[0]), readonly=True))
        sys.stdout.buffer.write(checked(imap.uid('FETCH', rest[1], '(BODY.PEEK[])'))[0][1])
    elif options.command == 'append':
        date = imaplib.Time2Internaldate(float(rest[2]))
        print(checked(imap.append(quoted(rest[0]), f'({rest[1]})', date, sys.stdin.buffer.read())))
    elif options.command == 'store':
        checked(imap.select(quoted(rest[0])))
        print(checked(imap.uid('STORE', rest[1], rest[2], f'({rest[3]})')))
    elif options.command == 'move':
        checked(imap.select(quoted(rest[0])))
        print(checked(imap.uid('MOVE', rest[1], quoted(rest[2]))))
    elif options.command == 'delete':
        checked(imap.select(quoted(rest[0])))
        checked(imap.uid('STORE', rest[1], '+FLAGS', '(\\Deleted)'))
        print(checked(imap.expunge()))
    elif options.command == 'create':
        print(checked(imap.create(quoted(rest[0]))))
    elif options.command == 'idle':
        idle(imap, rest[0])
    else:
        raise SystemExit(f'no such command: {options.command}')
    imap.logout()


if __name__ == '__main__':
    main()
