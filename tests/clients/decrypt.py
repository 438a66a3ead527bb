#!/usr/bin/python3
"""decrypt.py DATA UNLOCK_KEY ADDRESS [--words]: reads somebody's film, or the words of their index, out of a data folder.

Written from docs/format.md alone: nothing of Relais is used. Prints each message under its folder, or each word with
the contents that have it. Fails when the key is another.
"""
import base64
import glob
import hashlib
import hmac
import os
import sqlite3
import struct
import subprocess
import sys
import tempfile

from cryptography.exceptions import InvalidTag

from sealed import hpke_open, xchacha_open


def encode(label, fields):
    out = bytes([len(label)]) + label.encode()
    for field in fields:
        if field is None:
            out += struct.pack('>Q', 0xffff_ffff_ffff_ffff)
        elif isinstance(field, int):
            out += struct.pack('>Qq', 8, field)
        else:
            data = field.encode() if isinstance(field, str) else field
            out += struct.pack('>Q', len(data)) + data
    return out


def code(key, label, fields):
    return hmac.new(key, encode(label, fields), hashlib.sha256).digest()


def open_sealed_key(private, info, named, sealed):
    return hpke_open(private, sealed[:32], info.encode(), named, sealed[32:])


def open_box(key, named, box, beside=b''):
    if box[0] != 1:
        raise SystemExit(f'a box of version {box[0]}')
    commitment, nonce, ciphertext = box[1:33], box[33:57], box[57:]
    if not hmac.compare_digest(commitment, code(key, 'relais box commit', [nonce])):
        raise InvalidTag
    packed = xchacha_open(code(key, 'relais box encrypt', [nonce]), nonce, named, ciphertext)
    return packed[1:] if packed[0] == 0 else unpacked(packed, beside)


def dictionary(beside):
    """The dictionary of frames of kind 2 and 3, in a file for zstd."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, '../../store/src/seal/mail-1.dict'), 'rb') as file:
        content = file.read().replace(b'\n', b'\r\n')
    out = tempfile.NamedTemporaryFile()
    out.write(content + beside)
    out.flush()
    return out


def unpacked(packed, beside):
    length = struct.unpack('>I', packed[1:5])[0]
    with dictionary(beside if packed[0] == 3 else b'') as known:
        options = ['-D', known.name] if packed[0] in (2, 3) else []
        command = ['zstd', '-dcq', *options]
        data = subprocess.run(command, input=packed[5:], capture_output=True, check=True).stdout
    if len(data) != length:
        raise SystemExit(f'{len(data)} bytes unpacked, {length} promised')
    return data


class Mailbox:
    def __init__(self, data, unlock, address, path=None):
        path = path or glob.glob(os.path.join(data, 'region-*.db'))[0]
        self.data, self.region = data, os.path.basename(path)[len('region-'):-len('.db')]
        self.db = sqlite3.connect(path)
        row = self.db.execute('SELECT id, public, private FROM mailbox WHERE address = ?', [address]).fetchone()
        self.id, public, private = row
        named = encode('mailbox', [self.region, public])
        self.private = open_sealed_key(unlock, 'relais mailbox v1', named, private)
        self.epochs = {}

    def epoch(self, epoch):
        if epoch not in self.epochs:
            row = self.db.execute('SELECT sealed FROM epoch WHERE mailbox = ? AND id = ?', [self.id, epoch]).fetchone()
            named = encode('epoch', [self.region, self.id, epoch])
            self.epochs[epoch] = open_sealed_key(self.private, 'relais epoch v1', named, row[0])
        return self.epochs[epoch]

    def under_epoch(self, label, subject, sealed):
        return open_box(self.epoch(sealed[:16]), encode(label, [self.region, self.id, subject]), sealed[16:])

    def paths(self):
        rows = self.db.execute('SELECT path_mac, path FROM source WHERE mailbox = ?', [self.id])
        return {mac: self.under_epoch('name', None, sealed).decode() for mac, sealed in rows}

    def message(self, content):
        sealed = self.db.execute(
            'SELECT sealed FROM content_key WHERE mailbox = ? AND content = ?', [self.id, content]).fetchone()[0]
        key = self.under_epoch('key', content, sealed)
        summary, raw = self.db.execute('SELECT summary, raw FROM content WHERE id = ?', [content]).fetchone()
        summary = open_box(key, encode('summary', [self.region, content]), summary)
        return open_box(key, encode('raw', [self.region, content]), raw or self.blob(content), summary)

    def blob(self, content):
        name = content.hex()
        with open(os.path.join(self.data, 'blobs', self.region, name[-2:], name), 'rb') as file:
            return file.read()

    def film(self):
        paths = self.paths()
        rows = self.db.execute(
            'SELECT path_mac, content FROM event WHERE mailbox = ? AND kind IN (3, 4) ORDER BY id', [self.id])
        for path_mac, content in rows:
            yield paths[path_mac], self.message(content)


    def index(self):
        """Words, each with the contents that have it and in which fields."""
        rows = self.db.execute('SELECT id, name, epoch, contents, outline FROM segment WHERE mailbox = ?', [self.id])
        for segment, name, epoch, contents, outline in rows.fetchall():
            def part(number, box):
                return open_box(self.epoch(epoch), encode('index', [self.region, self.id, name, number]), box)
            flags, firsts = read_outline(part(-1, outline))
            if len(flags) * 16 != len(contents):
                raise SystemExit('an outline of another segment')
            for number, first in enumerate(firsts):
                sealed = self.db.execute(
                    'SELECT sealed FROM segment_block WHERE id = ?', [65536 * segment + number]).fetchone()[0]
                words = list(read_block(part(number, sealed)))
                if words[0][0] != first:
                    raise SystemExit('a block that begins otherwise')
                for word, postings in words:
                    yield word.decode(), [(contents[at * 16:at * 16 + 16], fields) for at, fields in postings]


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        self.at += length
        return self.data[self.at - length:self.at]

    def varint(self):
        number, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 0x7f) << shift
            if byte < 0x80:
                return number
            shift += 7


def read_outline(data):
    reader = Reader(data)
    flags = reader.take(reader.varint())
    return flags, [reader.take(reader.varint()) for _ in range(reader.varint())]


def read_block(data):
    reader = Reader(data)
    words, last = [], b''
    for _ in range(reader.varint()):
        shared = reader.varint()
        last = last[:shared] + reader.take(reader.varint())
        words.append(last)
    lengths = [reader.varint() for _ in words]
    for word, length in zip(words, lengths):
        yield word, list(read_postings(reader.take(length)))


def read_postings(data):
    reader, message = Reader(data), -1
    while reader.at < len(data):
        number = reader.varint()
        message += 1 + (number >> 1)
        yield message, reader.take(1)[0] if number & 1 else 1


def main():
    words = sys.argv[4:] == ['--words']
    data, key_file, address = sys.argv[1:4]
    with open(key_file, encoding='ascii') as file:
        unlock = base64.b64decode(file.read())
    try:
        if words:
            for word, found in Mailbox(data, unlock, address).index():
                print(word, *(f'{content.hex()}:{fields}' for content, fields in found))
            return
        for folder, raw in Mailbox(data, unlock, address).film():
            print(f'=== {folder}\n{raw.decode("utf-8", "replace")}')
    except InvalidTag:
        raise SystemExit('this key does not open it') from None


if __name__ == '__main__':
    main()
