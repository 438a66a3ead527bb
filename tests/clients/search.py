#!/usr/bin/python3
"""Times searches over IMAP, and says how large an index is.

search.py ask HOST PORT tls|plain USER PASSWORD < lines of SEARCH keys    one line each: milliseconds, messages found
search.py index DATABASE                                                 bytes of the pages that hold the index
"""
import imaplib
import sqlite3
import ssl
import sys
import time

imaplib._MAXLINE = 100_000_000


def ask(host, port, security, user, password):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if security == 'tls':
        imap = imaplib.IMAP4_SSL(host, int(port), ssl_context=context, timeout=300)
    else:
        imap = imaplib.IMAP4(host, int(port), timeout=300)
    imap.login(user, password)
    imap.select('INBOX', readonly=True)
    for line in sys.stdin.read().split('\n'):
        if line:
            begun = time.perf_counter()
            kind, data = imap.uid('SEARCH', line)
            if kind != 'OK':
                raise SystemExit(f'{line}: {kind} {data}')
            print(f'{(time.perf_counter() - begun) * 1000:.3f} {len(data[0].split())}', flush=True)
    imap.logout()


def index(database):
    db = sqlite3.connect(f'file:{database}?mode=ro', uri=True)
    print(db.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'segment%' OR name = 'unindexed'").fetchone()[0])


if __name__ == '__main__':
    {'ask': ask, 'index': index}[sys.argv[1]](*sys.argv[2:])
