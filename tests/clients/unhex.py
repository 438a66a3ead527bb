#!/usr/bin/python3
"""unhex.py DUMP OUT: the octets that a dump of PostgreSQL's writes in hexadecimal, as they are, beside its text."""
import re
import sys

with open(sys.argv[1], 'rb') as file:
    dump = file.read()
with open(sys.argv[2], 'wb') as out:
    for octets in re.findall(rb'\\\\x([0-9a-f]+)', dump):
        out.write(bytes.fromhex(octets.decode()) + b'\n')
    out.write(dump)
