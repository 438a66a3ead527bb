#!/usr/bin/python3
"""leaks.py FOLDER < words: which of these words can be read in any file below FOLDER?

Looked for as UTF-8, UTF-16, modified UTF-7, base64 at each alignment, and inside everything that unpacks as a zstd
frame or a deflate stream. Prints one line a find; nothing when nothing is found.
"""
import base64
import os
import subprocess
import sys
import zlib

ZSTD = b'\x28\xb5\x2f\xfd'


def spellings(word):
    plain = word.encode()
    yield plain
    yield word.encode('utf-16-le')
    if not word.isascii():
        yield b'&' + base64.b64encode(word.encode('utf-16-be')).rstrip(b'=').replace(b'/', b',')[:6]
    for shift in range(3):
        coded = base64.b64encode(b'\0' * shift + plain)
        inner = coded[4 if shift else 0:len(coded) - 4]
        if len(inner) >= 8:
            yield inner


def positions(data, needle):
    at = data.find(needle)
    while at >= 0:
        yield at
        at = data.find(needle, at + 1)


def unpacked(data):
    for at in positions(data, ZSTD):
        done = subprocess.run(['zstd', '-dcq', '--no-check'], input=data[at:], capture_output=True)
        if done.stdout:
            yield f'zstd frame at {at}', done.stdout
    for head in (b'\x78\x9c', b'\x78\x01', b'\x78\xda', b'\x1f\x8b\x08'):
        for at in positions(data, head):
            try:
                yield f'deflate at {at}', zlib.decompressobj(47).decompress(data[at:])
            except zlib.error:
                pass


def main():
    words = [word for word in sys.stdin.read().split('\n') if word]
    needles = [(word, spelling) for word in words for spelling in spellings(word)]
    files = 0
    for folder, _, names in os.walk(sys.argv[1]):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path):
                continue
            files += 1
            with open(path, 'rb') as file:
                data = file.read()
            for where, part in [('plain', data), *unpacked(data)]:
                for word, needle in needles:
                    if needle in part or (where == 'plain' and needle in os.fsencode(path)):
                        print(f'{word!r} in {path} ({where})')
    if not files:
        raise SystemExit('no files to look into')


if __name__ == '__main__':
    main()
