#!/usr/bin/python3
"""keys.py DATA UNLOCK_KEY < addresses: has each of these mailboxes a key pair of its own, which the unlock key opens?

Prints how many were looked at; ends with a complaint at the first that has not.
"""
import base64
import sys

from decrypt import Mailbox
from sealed import public_of


def main():
    data, key_file = sys.argv[1:3]
    with open(key_file, encoding='ascii') as file:
        unlock = base64.b64decode(file.read())
    owners = {}
    for address in sys.stdin.read().split():
        mailbox = Mailbox(data, unlock, address)
        public = mailbox.db.execute('SELECT public FROM mailbox WHERE id = ?', [mailbox.id]).fetchone()[0]
        if public_of(mailbox.private) != public:
            raise SystemExit(f'the halves of {address} are no pair')
        if owners.setdefault(public, address) != address:
            raise SystemExit(f'{address} has the pair of {owners[public]}')
        mailbox.db.close()
    print(len(owners))


if __name__ == '__main__':
    main()
