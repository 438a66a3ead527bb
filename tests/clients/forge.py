#!/usr/bin/python3
"""forge.py DATA WHAT: a writer in the database, while nobody looks.

  version   a migration of a release to come is applied
  person    the address of a mailbox is pointed at another person
  removed   an event of the film is deleted
  film      an event of the film is dated back by a year
  mailbox   a mailbox gets the public key of another
"""
import glob
import os
import sqlite3
import sys


def database(data, name):
    return sqlite3.connect(glob.glob(os.path.join(data, name))[0])


def version(data):
    with database(data, 'region-*.db') as db:
        columns = [row[1] for row in db.execute('PRAGMA table_info(_sqlx_migrations)')]
        row = list(db.execute(f'SELECT {",".join(columns)} FROM _sqlx_migrations ORDER BY version DESC LIMIT 1').fetchone())
        row[columns.index('version')] = 900_000
        db.execute(f'INSERT INTO _sqlx_migrations ({",".join(columns)}) VALUES ({",".join("?" * len(columns))})', row)


def person(data):
    with database(data, 'directory.db') as db:
        payloads = db.execute('SELECT version, payload FROM entry WHERE seen_until IS NULL').fetchall()
        mine = next(row for row in payloads if b'accueil@corp.test' in bytes(row[1]))
        forged = bytes(mine[1]).replace(b'accueil@corp.test', b'acc0eil@corp.test')
        db.execute('UPDATE entry SET payload = ? WHERE version = ?', (forged, mine[0]))


def removed(data):
    with database(data, 'region-*.db') as db:
        changed = db.execute('DELETE FROM event WHERE id = (SELECT max(id) FROM event WHERE kind = 3)')
        assert changed.rowcount == 1


def film(data):
    with database(data, 'region-*.db') as db:
        changed = db.execute('UPDATE event SET at = at - 31536000000 WHERE id = (SELECT max(id) FROM event WHERE kind = 3)')
        assert changed.rowcount == 1


def mailbox(data):
    with database(data, 'region-*.db') as db:
        other = db.execute("SELECT public FROM mailbox WHERE address <> 'accueil@corp.test' LIMIT 1").fetchone()[0]
        changed = db.execute("UPDATE mailbox SET public = ? WHERE address = 'accueil@corp.test'", (other,))
        assert changed.rowcount == 1


if __name__ == '__main__':
    {'version': version, 'person': person, 'film': film, 'removed': removed, 'mailbox': mailbox}[sys.argv[2]](sys.argv[1])
