#!/usr/bin/python3
"""count.py HOST PORT tls|plain COUNT < lines of "USER PASSWORD": waits until their INBOXes hold COUNT messages.

Prints `ready` when all are signed in, and `there` when the messages are.
"""
import imaplib
import re
import ssl
import sys
import time


def main():
    host, port, security, goal = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    accounts = []
    for line in sys.stdin.read().split('\n'):
        if line:
            user, password = line.split(' ')
            imap = imaplib.IMAP4_SSL(host, port, ssl_context=context) if security == 'tls' else imaplib.IMAP4(host, port)
            imap.login(user, password)
            accounts.append(imap)
    print('ready', flush=True)
    counts = {}
    while sum(counts.values()) < goal:
        for imap in accounts:
            kind, data = imap.status('INBOX', '(MESSAGES)')
            counts[imap] = int(re.search(rb'MESSAGES (\d+)', data[0])[1])
        time.sleep(0.02)
    print('there', flush=True)
    for imap in accounts:
        imap.logout()


if __name__ == '__main__':
    main()
