#!/usr/bin/python3
"""everything.py UNLOCK_KEY SECRETS DATA                 opens every sealed thing of a data folder
everything.py UNLOCK_KEY SECRETS --backup PLACE OUT   makes the databases of the newest backup anew in OUT, then the same

Written from docs/format.md alone: nothing of Relais is used. Prints `TABLE.COLUMN COUNT` for what is sealed. A column of
octets that docs/format.md says nothing of, or a value that does not open, is an error.
"""
import base64
import glob
import hashlib
import hmac
import os
import sqlite3
import sys

from cryptography.exceptions import InvalidTag

from decrypt import Mailbox, Reader, code, encode, open_box, open_sealed_key, read_block, read_outline

# Codes, hashes and numbers: nothing in them was ever text that somebody wrote.
PLAIN = {
    'entry': {'digest', 'mac'}, 'address': {'key'}, 'source': {'mac', 'path_mac', 'cursor'}, 'contact_key': {'public', 'mac'},
    'ledger': {'seal'}, 'credential': {'id', 'mac'}, 'session': {'token_hash', 'mac'}, 'run': {'mac'}, 'approval': {'mac'},
    'phase': {'mac'}, 'audit': {'seal'}, 'audit_head': {'seal', 'mac'}, 'audit_shipped': {'mac'}, 'film_head': {'code', 'mac'},
    'ledger_head': {'total', 'mac'}, 'directory_head': {'code', 'mac'}, 'pin': {'mac'},
    'tally': {'total', 'mac'}, 'tally_change': {'went', 'came'},
    'mailbox': {'public', 'mac'}, 'clean_point': {'mac'}, 'epoch': {'id'}, 'content': {'id', 'raw_mac', 'summary_mac'},
    'content_key': {'content'}, 'source_message': {'content'}, 'event': {'path_mac', 'content', 'evidence', 'mac'},
    'folder': {'name_mac'}, 'placement': {'content', 'source_mac'}, 'expunged': {'source_mac'}, 'returned': {'content', 'path_mac'},
    'outgoing': {'content'}, 'unindexed': {'content'}, 'segment': {'name', 'epoch', 'contents', 'mac'}, 'draft': {'sent', 'mac'},
    'draft_part': {'id', 'mac'}, 'hold': {'mac'}, 'retained': {'content'}, 'removal': {'mac'}, '_sqlx_migrations': {'checksum'},
}
CONTACT = 3


class House:
    def __init__(self, unlock_file, secrets):
        with open(unlock_file, encoding='ascii') as file:
            self.unlock = base64.b64decode(file.read())
        self.integrity, self.hash, self.transit = (self.secret(secrets, name) for name in ('integrity', 'hash', 'transit'))

    @staticmethod
    def secret(folder, name):
        with open(os.path.join(folder, f'{name}.key'), encoding='ascii') as file:
            return base64.b64decode(file.read())

    def derived(self, label):
        return code(self.integrity, 'derived key', [label])


def rows(db, sql, *values):
    return db.execute(sql, values).fetchall()


class Directory:
    """What is sealed in directory.db: contacts, where mail for them goes, seeds of authenticator apps."""

    def __init__(self, house, path):
        self.house, self.db = house, sqlite3.connect(path)
        self.pairs = []
        for public, region, private in rows(self.db, 'SELECT public, region, private FROM contact_key'):
            named = encode('contact key', [region, public])
            self.pairs.append((region, open_sealed_key(house.unlock, 'relais contact key v1', named, private)))

    def contact(self, entry, payload):
        for region, pair in self.pairs:
            try:
                return open_sealed_key(pair, 'relais contact v1', encode('contact', [region, entry]), payload)
            except InvalidTag:
                pass
        raise InvalidTag

    def opened(self):
        yield 'contact_key.private', [pair for _, pair in self.pairs]
        contacts = rows(self.db, 'SELECT id, payload, route FROM entry WHERE kind = ?', CONTACT)
        yield 'entry.payload', [self.contact(entry, payload) for entry, payload, _ in contacts]
        key = code(self.house.transit, 'directory contact route', [])
        yield 'entry.route', [open_box(key, encode('route', [entry]), route) for entry, _, route in contacts if route]
        seeds = code(self.house.hash, 'identity seeds', [])
        totp = rows(self.db, "SELECT id, owner, secret_hash FROM credential WHERE kind = 'totp'")
        yield 'credential.secret_hash', [
            open_box(seeds, encode('identity seed', [number, owner]), secret[8:]) for number, owner, secret in totp]


class Region:
    """What is sealed in a region's database and its blobs, mailbox by mailbox, and what waits to leave."""

    def __init__(self, house, path):
        self.house, self.db, self.data = house, sqlite3.connect(path), os.path.dirname(path)
        self.region = os.path.basename(path)[len('region-'):-len('.db')]
        addresses = [address for address, in rows(self.db, 'SELECT address FROM mailbox ORDER BY id')]
        self.mailboxes = [Mailbox(self.data, house.unlock, address, path) for address in addresses]

    def blob(self, number):
        name = number.hex()
        with open(os.path.join(self.data, 'blobs', self.region, name[-2:], name), 'rb') as file:
            return file.read()

    def opened(self):
        yield 'mailbox.private', [one.private for one in self.mailboxes]
        epochs = [(one, epoch) for one in self.mailboxes for epoch, in rows(self.db, 'SELECT id FROM epoch WHERE mailbox = ?', one.id)]
        yield 'epoch.sealed', [one.epoch(epoch) for one, epoch in epochs]
        yield from self.mail()
        yield from self.names()
        yield from self.drafts()
        yield from self.index()
        yield from self.waiting()

    def mail(self):
        keys, summaries, raws = {}, [], []
        wrapped = 0
        for one in self.mailboxes:
            for content, sealed in rows(self.db, 'SELECT content, sealed FROM content_key WHERE mailbox = ?', one.id):
                keys[content] = one.under_epoch('key', content, sealed)
                wrapped += 1
        for content, sealed, transit, unlock in rows(
                self.db, 'SELECT o.content, c.summary, o.transit, o.unlock FROM outgoing o JOIN content c ON c.id = o.content'):
            by_transit = open_box(self.house.transit, encode('transit', [self.region, content]), transit)
            named = encode('unlock', [self.region, content])
            if by_transit != open_sealed_key(self.house.unlock, 'relais outgoing v1', named, unlock):
                raise SystemExit(f'two keys of {content.hex()}')
            keys[content] = by_transit
        for content, summary, raw in rows(self.db, 'SELECT id, summary, raw FROM content'):
            opened = open_box(keys[content], encode('summary', [self.region, content]), summary)
            summaries.append(opened)
            raw = open_box(keys[content], encode('raw', [self.region, content]), raw or self.blob(content), opened)
            raws.append(raw)
        yield 'content_key.sealed', [b''] * wrapped
        yield 'content.summary', summaries
        yield 'content.raw', raws

    def names(self):
        for column, label in [('folder.name', 'name'), ('source.path', 'name'), ('event.keywords', 'keywords')]:
            table, name = column.split('.')
            found = [one.under_epoch(label, None, sealed) for one in self.mailboxes for sealed, in rows(
                self.db, f'SELECT {name} FROM {table} WHERE mailbox = ? AND {name} IS NOT NULL', one.id)]
            yield column, found
        select = '''SELECT p.keywords FROM placement p JOIN folder f ON f.id = p.folder
                    WHERE f.mailbox = ? AND p.keywords IS NOT NULL'''
        yield 'placement.keywords', [
            one.under_epoch('keywords', None, sealed) for one in self.mailboxes for sealed, in rows(self.db, select, one.id)]

    def drafts(self):
        drafts, heads, bodies = [], [], []
        for one in self.mailboxes:
            for draft, sealed in rows(self.db, 'SELECT id, sealed FROM draft WHERE mailbox = ?', one.id):
                drafts.append(one.under_epoch('draft', draft, sealed))
                for part, head, body in rows(self.db, 'SELECT id, head, body FROM draft_part WHERE draft = ?', draft):
                    heads.append(one.under_epoch('draft head', part, head))
                    # Its last field is the key.
                    bodies.append(open_box(heads[-1][-32:], encode('draft part', [self.region, part]), body or self.blob(part)))
        yield 'draft.sealed', drafts
        yield 'draft_part.head', heads
        yield 'draft_part.body', bodies

    def index(self):
        outlines, blocks = [], []
        for one in self.mailboxes:
            for segment, name, epoch, outline in rows(
                    self.db, 'SELECT id, name, epoch, outline FROM segment WHERE mailbox = ?', one.id):
                def part(number, box):
                    return open_box(one.epoch(epoch), encode('index', [self.region, one.id, name, number]), box)
                outlines.append(part(-1, outline))
                for number, _ in enumerate(read_outline(outlines[-1])[1]):
                    (sealed,), = rows(self.db, 'SELECT sealed FROM segment_block WHERE id = ?', 65536 * segment + number)
                    blocks.append(part(number, sealed))
                    list(read_block(blocks[-1]))
        yield 'segment.outline', outlines
        yield 'segment_block.sealed', blocks

    def waiting(self):
        waits = rows(self.db, 'SELECT id, content, envelope FROM outgoing')
        contents = {number: content for number, content, _ in waits}
        yield 'outgoing.transit', [b''] * len(waits)
        yield 'outgoing.unlock', [b''] * len(waits)
        yield 'outgoing.envelope', [
            open_box(self.house.transit, encode('envelope', [self.region, content]), envelope) for _, content, envelope in waits]
        for column in ('recipient', 'reply'):
            select = f'SELECT outgoing, {column} FROM outgoing_recipient WHERE {column} IS NOT NULL'
            yield f'outgoing_recipient.{column}', [
                open_box(self.house.transit, encode(column, [self.region, contents[number]]), sealed)
                for number, sealed in rows(self.db, select)]


def nothing_else(db, sealed):
    """Every column of octets is accounted for."""
    for table, in rows(db, "SELECT name FROM sqlite_schema WHERE type = 'table'"):
        for _, column, kind, *_ in rows(db, f'PRAGMA table_info({table})'):
            if kind == 'BLOB' and f'{table}.{column}' not in sealed and column not in PLAIN.get(table, ()):
                raise SystemExit(f'{table}.{column}: docs/format.md says nothing of it')


def opened(house, data):
    for path in sorted(glob.glob(os.path.join(data, '*.db'))):
        kept = Directory(house, path) if os.path.basename(path) == 'directory.db' else Region(house, path)
        found = dict(kept.opened())
        nothing_else(kept.db, found)
        yield from found.items()


class Backup:
    """A place for backups."""

    def __init__(self, house, place):
        self.key, self.names, self.place = house.derived('backup'), house.derived('backup names'), place

    def read(self, path, named):
        with open(os.path.join(self.place, path), 'rb') as file:
            return open_box(self.key, named, file.read())

    def manifest(self):
        name = max(os.listdir(os.path.join(self.place, 'backups')))
        reader = Reader(self.read(f'backups/{name}', encode('backup', [name])))
        if reader.take(1) != b'\1':
            raise SystemExit('a manifest of another form')
        return Postcard(reader)

    def chunk(self, name):
        opened = self.read(f'chunks/{name.hex()[:2]}/{name.hex()}', encode('backup chunk', [name]))
        if not hmac.compare_digest(code(self.names, 'chunk', [opened]), name):
            raise SystemExit('a chunk under another name')
        return opened

    def restore(self, out):
        manifest = self.manifest()
        manifest.number(), manifest.text()
        for _ in range(manifest.reader.varint()):
            self.database(manifest, out)

    def database(self, manifest, out):
        name, _page = manifest.text(), manifest.number()
        makes, finishes = manifest.texts(), manifest.texts()
        db = sqlite3.connect(os.path.join(out, f'{name}.db'))
        for make in makes:
            db.execute(make)
        for table, columns, chunks, count in [manifest.table() for _ in range(manifest.reader.varint())]:
            found = [row for chunk in chunks for row in cells(self.chunk(chunk))]
            if len(found) != count:
                raise SystemExit(f'{len(found)} of {count} rows of {table}')
            marks = ', '.join('?' * len(columns))
            db.executemany(f'INSERT INTO {table} ({", ".join(columns)}) VALUES ({marks})', found)
        if manifest.reader.take(1) == b'\1':
            region = name[len('region-'):]
            for chunk in manifest.table()[2]:
                for body, in cells(self.chunk(chunk)):
                    self.body(out, region, body)
        for finish in finishes:
            db.execute(finish)
        db.commit()

    def body(self, out, region, body):
        shard = f'{region}/{body.hex()[-2:]}'
        os.makedirs(os.path.join(out, 'blobs', shard), exist_ok=True)
        sealed = self.read(f'bodies/{shard}/{body.hex()}', encode('backup body', [region, body]))
        with open(os.path.join(out, 'blobs', shard, body.hex()), 'wb') as file:
            file.write(sealed)


class Postcard:
    def __init__(self, reader):
        self.reader = reader

    def number(self):
        zigzag = self.reader.varint()
        return (zigzag >> 1) ^ -(zigzag & 1)

    def octets(self):
        return self.reader.take(self.reader.varint())

    def text(self):
        return self.octets().decode()

    def texts(self):
        return [self.text() for _ in range(self.reader.varint())]

    def table(self):
        name, columns = self.text(), self.texts()
        chunks = [self.reader.take(32) for _ in range(self.reader.varint())]
        return name, columns, chunks, self.reader.varint()


def cells(chunk):
    """The rows of a chunk."""
    postcard = Postcard(Reader(chunk))
    kinds = [lambda: None, postcard.number, postcard.text, postcard.octets]
    while postcard.reader.at < len(chunk):
        yield [kinds[postcard.reader.varint()]() for _ in range(postcard.reader.varint())]


def main(unlock, secrets, *rest):
    house = House(unlock, secrets)
    try:
        data = rest[0]
        if data == '--backup':
            place, data = rest[1:]
            os.makedirs(data)
            Backup(house, place).restore(data)
        for column, found in opened(house, data):
            print(column, len(found), hashlib.sha256(b''.join(sorted(found))).hexdigest())
    except InvalidTag:
        raise SystemExit('these keys do not open it') from None


if __name__ == '__main__':
    main(*sys.argv[1:])
