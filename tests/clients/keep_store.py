#!/usr/bin/python3
"""Keeps a store as a release leaves it: keep_store.py RELAIS FOLDER

RELAIS is the binary of that release. Its demo runs with the failover made, two people's mail is read over IMAP, and it is
killed in the middle of things. FOLDER gets the two databases (zstd), the keys, and what everybody had: for the test that later
releases open what earlier ones wrote. Everybody else's mailbox is cut out, so that what is kept stays small.
"""

import hashlib
import imaplib
import json
import pathlib
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time

from imap_mail import decode_utf7

KEPT = ["accueil@mairie.test", "maire@mairie.test"]
PASSWORD = "relais-demo"
START_S = 120


def session(port, address):
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    imap = imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=trusting)
    imap.login(address, PASSWORD)
    return imap


def wait_for_mail(relais, port):
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if relais.poll() is not None:
            sys.exit("the demo ended by itself")
        try:
            imap = session(port, KEPT[0])
            _, count = imap.select("INBOX", readonly=True)
            imap.logout()
            if int(count[0]) > 0:
                return
        except (OSError, imaplib.IMAP4.error, ValueError):
            pass
        time.sleep(0.5)
    sys.exit("the demo does not get ready")


def folders_of(port, address):
    imap = session(port, address)
    folders = {}
    for line in imap.list()[1]:
        name = line.decode().rsplit(' "/" ', 1)[1].strip('"')
        imap.select(f'"{name}"', readonly=True)
        name = decode_utf7(name)
        _, found = imap.uid("SEARCH", "ALL")
        messages = {}
        for uid in found[0].split():
            _, parts = imap.uid("FETCH", uid, "(FLAGS BODY.PEEK[])")
            flags = {flag.decode() for flag in imaplib.ParseFlags(parts[0][0] + b"".join(parts[1:]))}
            digest = hashlib.sha256(parts[0][1]).hexdigest()
            messages[int(uid)] = {"sha256": digest, "flags": sorted(flags - {"\\Recent"})}
        folders[name] = messages
    imap.logout()
    return folders


def write(port, address):
    """Something of everything that a person does: a flag, a folder, a copy, a deletion, a message put there."""
    imap = session(port, address)
    imap.create("Kept")
    imap.select("INBOX")
    imap.store("1", "+FLAGS", "\\Flagged")
    imap.copy("1", "Kept")
    imap.store("2", "+FLAGS", "\\Deleted")
    imap.expunge()
    text = b"From: accueil@mairie.test\r\nSubject: Compte rendu\r\n\r\nTout est l\xc3\xa0.\r\n" + b"x" * 70 + b"\r\n"
    imap.append("Kept", "\\Seen", None, text)
    imap.logout()


def cut(database):
    db = sqlite3.connect(database)
    db.execute("PRAGMA journal_mode = DELETE")
    marks = ", ".join("?" * len(KEPT))
    others = [row[0] for row in db.execute(f"SELECT id FROM mailbox WHERE address NOT IN ({marks})", KEPT)]
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    columns = {table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for table in tables}
    for mailbox in others:
        for below, above, key in [
            ("placement", "folder", "folder"),
            ("source_message", "source", "source"),
            ("draft_part", "draft", "draft"),
        ]:
            if below in tables:
                db.execute(f"DELETE FROM {below} WHERE {key} IN (SELECT id FROM {above} WHERE mailbox = ?)", [mailbox])
        if "segment" in tables:
            db.execute("DELETE FROM segment_block WHERE id / 65536 IN (SELECT id FROM segment WHERE mailbox = ?)", [mailbox])
        for table in tables:
            if "mailbox" in columns[table]:
                db.execute(f"DELETE FROM {table} WHERE mailbox = ?", [mailbox])
        db.execute("DELETE FROM mailbox WHERE id = ?", [mailbox])
    db.execute("DELETE FROM content WHERE id NOT IN (SELECT content FROM content_key UNION SELECT content FROM outgoing)")
    db.commit()
    db.execute("VACUUM")
    db.close()


def main(relais, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place, "demo")
        running = subprocess.Popen(
            [relais, "demo", "--active", "--dir", place], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for_mail(running, 2993)
            write(2993, KEPT[0])
            had = {address: folders_of(2993, address) for address in KEPT}
        finally:
            running.send_signal(signal.SIGKILL)
            running.wait()
        files = {path.name: path for path in (place / "data").glob("*.db")}
        # Reading it once takes what is in the write-ahead log into the file.
        for path in files.values():
            db = sqlite3.connect(path)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute("VACUUM")
            db.close()
        cut(files["region-main.db"])
        for name, path in files.items():
            subprocess.run(["zstd", "-q", "-19", "-f", "-o", folder / f"{name}.zst", path], check=True)
        keys = {path.stem: path.read_text().strip() for path in (place / "secrets").glob("*.key") if path.stem in ("hash", "integrity", "transit")}
        keys["unlock"] = (place / "safe/unlock.key").read_text().strip()
        blobs = [str(path) for path in (place / "data/blobs").rglob("*") if path.is_file()]
        assert not blobs, f"bodies beside the database are not kept: {blobs}"
    kept = {"keys": keys, "mailboxes": had}
    (folder / "kept.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
