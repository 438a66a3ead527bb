"""What a dying disk does to a database: damage.py FILE NUMBER overwrites the page with the NUMBERth body that lies in it.

The body is looked up by its own bytes, so nothing of the file's layout is assumed but the size of a page.
"""
import sqlite3
import sys

path, number = sys.argv[1], int(sys.argv[2])
database = sqlite3.connect(path)
database.execute('PRAGMA wal_checkpoint(TRUNCATE)')
(page_bytes,) = database.execute('PRAGMA page_size').fetchone()
query = 'SELECT raw FROM content WHERE raw IS NOT NULL ORDER BY row LIMIT 1 OFFSET ?'
(body,) = database.execute(query, (number,)).fetchone()
database.close()
with open(path, 'r+b') as file:
    content = file.read()
    at = content.index(body[-64:])
    page = at // page_bytes
    if page == 0:
        raise SystemExit('the first page would be hit')
    file.seek(page * page_bytes)
    file.write(b'\xab' * page_bytes)
print(f'page {page + 1} of {len(content) // page_bytes}')
