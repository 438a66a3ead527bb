#!/usr/bin/python3
"""rubbish.py ADDRESS PORT KIND: a primary that misbehaves.

  garbage   answers every byte with noise
  silent    accepts and says nothing
  endless   one line that never ends
  dribble   an octet of an answer now and then

Says `called SECONDS` whenever somebody connects.
"""
import itertools
import os
import socket
import sys
import threading
import time


def serve(client, kind):
    try:
        if kind == 'silent':
            while client.recv(4096):
                pass
        elif kind == 'dribble':
            # The beginning of a greeting, and the head of an LDAP message of a megabyte.
            begin = b'\x30\x84\x00\x10\x00\x00' if client.getsockname()[1] == 389 else b'* OK '
            for octet in itertools.chain(begin, itertools.repeat(ord('x'))):
                client.sendall(bytes([octet]))
                time.sleep(0.5)
        elif kind == 'endless':
            client.sendall(b'* OK ')
            while True:
                client.sendall(b'x' * 65536)
        else:
            client.sendall(os.urandom(300) + b'\r\n')
            while client.recv(4096):
                client.sendall(os.urandom(700) + b'\r\n* BYE {99999999999}\r\n')
    except OSError:
        pass
    finally:
        client.close()


def main():
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
    while True:
        client, _ = listener.accept()
        print(f'called {time.monotonic():.3f}', flush=True)
        threading.Thread(target=serve, args=(client, sys.argv[3]), daemon=True).start()


if __name__ == '__main__':
    main()
