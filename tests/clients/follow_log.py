#!/usr/bin/python3
"""follow_log.py EXPORT TEXT SIGNATURE PUBLIC: follows an exported audit log by docs/format.md alone, and writes the last
checkpoint's signed text, its signature and the key as openssl wants them. Prints how many entries there are.
"""
import base64
import hashlib
import json
import struct
import sys


def field(value):
    octets = struct.pack('>q', value) if isinstance(value, int) else value if isinstance(value, bytes) else value.encode()
    return struct.pack('>Q', len(octets)) + octets


def link(entry, before):
    label = b'audit link'
    fields = [entry[name] for name in ('seq', 'at_ms', 'actor', 'what', 'detail')] + [before]
    return hashlib.sha256(bytes([len(label)]) + label + b''.join(map(field, fields))).digest()


def main(export, text, signature, public):
    lines = [json.loads(line) for line in open(export, encoding='utf-8')]
    start, before, entries, last = lines[0], bytes.fromhex(lines[0]['link']), 0, None
    for line in lines[1:]:
        if line['kind'] == 'entry':
            before = link(line, before)
            assert before.hex() == line['link'], f'entry {line["seq"]}'
            entries += 1
        elif line['kind'] == 'checkpoint':
            assert line['signed'].split(' ')[4] == before.hex(), line
            last = line
    with open(text, 'w', encoding='utf-8') as out:
        out.write(last['signed'])
    with open(signature, 'wb') as out:
        out.write(base64.b64decode(last['signature']))
    with open(public, 'wb') as out:
        out.write(bytes.fromhex('302a300506032b6570032100') + base64.b64decode(start['public']))
    print(entries)


if __name__ == '__main__':
    main(*sys.argv[1:])
