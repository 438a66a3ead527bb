#!/usr/bin/python3
"""rude_imap.py HOST PORT USER PASSWORD PID SIZE_MAX HELD_MAX: a mail program that breaks IMAP, over bare TLS.

Says things no mail program should and checks each answer; PID is the server's, whose memory is looked at. Prints one
line for each thing that was as it has to be; ends with a complaint at the first that was not. What may be stored has
the subject `kept`, everything else `lost`.
"""
import socket
import ssl
import sys
from contextlib import closing

HOST, PORT, USER, PASSWORD = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
PID, SIZE_MAX, HELD_MAX = int(sys.argv[5]), int(sys.argv[6]), int(sys.argv[7])
# Forty messages that nobody ends, of which no more than HELD_MAX may be held, and what sessions take besides.
CLIENTS, GROWTH_MAX_KB = 40, 100_000


class Talk:
    def __init__(self, signed_in=True):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection((HOST, PORT), timeout=60)
        self.socket = context.wrap_socket(plain)
        self.lines = self.socket.makefile('rb')
        self.expect(b'* OK')
        if signed_in:
            self.ask(f'0 LOGIN {USER} {PASSWORD}', b'0 OK')

    def close(self):
        self.lines.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode() + b'\r\n')

    def expect(self, *beginnings):
        """The next line; untagged responses of a command are left out."""
        while True:
            line = self.lines.readline()
            if line.startswith(beginnings):
                return line
            if not line.startswith(b'* ') or line.startswith(b'* BYE'):
                raise SystemExit(f'{line!r} where {beginnings} has to be')

    def ask(self, command, *beginnings):
        self.send(command)
        return self.expect(*beginnings)

    def expect_end(self):
        rest = self.lines.read()
        if rest:
            raise SystemExit(f'still said: {rest[:100]!r}')


def seen(what):
    print(what, flush=True)


def message(subject, size):
    head = f'Subject: {subject}\r\n\r\n'.encode()
    return head + b'x' * (size - len(head))


def resident_kb():
    with open(f'/proc/{PID}/status', encoding='ascii') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmRSS:'))


def a_letter_passes():
    """Somebody else is served."""
    with closing(Talk()) as talk:
        raw = message('kept', 500)
        talk.ask(f'1 APPEND INBOX {{{len(raw)}}}', b'+')
        talk.send(raw + b'\r\n')
        talk.expect(b'1 OK [APPENDUID ')
        talk.ask('2 SELECT INBOX', b'2 OK')


def before_sign_in():
    with closing(Talk(signed_in=False)) as talk:
        for command in ('1 FROBNICATE', '1 SELECT INBOX', '1 FETCH 1 UID', '1 APPEND INBOX {5+}\r\nab\0cd', '1 NOOP \0'):
            talk.ask(command, b'1 BAD')
        talk.ask('1 LOGIN {5000}', b'1 NO [TOOBIG]')
        talk.ask('1 NOOP', b'1 OK')
        for _ in range(3):
            talk.ask(f'1 LOGIN {USER} wrong', b'1 NO [AUTHENTICATIONFAILED]', b'1 NO [LIMIT]')
        talk.expect(b'* BYE')
        talk.expect_end()
    endless = b'1 NOOP ' + b'x' * 200_000
    row = b'1 LOGIN {4000+}\r\n' + (b'x' * 4000 + b' {4000+}\r\n') * 100
    for flood in (endless, row):
        with closing(Talk(signed_in=False)) as talk:
            talk.send(flood)
            talk.expect(b'* BYE [TOOBIG]')
            talk.expect_end()
    seen('before sign-in little is taken, and three wrong passwords are the end')


def commands():
    with closing(Talk()) as talk:
        for command, answer in [
            ('1 FROBNICATE', b'1 BAD'), ('1 FETCH 1 UID', b'1 BAD'), ('1 SELECT nowhere', b'1 NO [NONEXISTENT]'),
            ('1 LOGIN x y', b'1 BAD'), ('1 STARTTLS', b'1 BAD'), ('1 SELECT INBOX', b'1 OK'), ('1 FETCH 0 UID', b'1 BAD'),
            ('1 FETCH 1:4294967295 UID', b'1 OK'), ('1 FETCH 4294967296 UID', b'1 BAD'), ('1 SEARCH ' + '(' * 5000, b'1 BAD'),
            ('1 SEARCH ' + 'NOT ' * 5000 + 'SEEN', b'1 '), ('1 LIST "" "' + '*%' * 4000 + 'x"', b'1 OK'),
            ('1 UID FETCH ' + '1,' * 20_000 + '1 UID', b'1 OK'), ('1 MOVE 1 ""', b'1 '), ('1 CREATE "a\0b"', b'1 BAD'),
            ('1 STORE 1 FLAGS (' + 'x ' * 20_000 + ')', b'1 '), ('1 NOOP', b'1 OK'),
        ]:
            talk.ask(command, answer)
    with closing(Talk()) as talk:
        talk.send(b'1 FROBNICATE\r\n' * 200)
        for _ in range(50):
            line = talk.expect(b'1 BAD', b'* BYE')
        talk.expect(b'* BYE')
    seen('commands are answered as they deserve')


def literals():
    with closing(Talk()) as talk:
        for command in (f'1 APPEND INBOX {{{SIZE_MAX + 1}}}', '1 APPEND INBOX {4294967295}', '1 SEARCH TEXT {70000}'):
            talk.ask(command, b'1 NO [TOOBIG]')
        talk.ask('1 APPEND INBOX {99999999999}', b'1 BAD')
        talk.ask(f'1 APPEND INBOX {{{SIZE_MAX}}}', b'+')
        talk.send(message('kept', SIZE_MAX) + b'\r\n')
        talk.expect(b'1 OK [APPENDUID ')
        talk.send(f'1 APPEND INBOX {{{SIZE_MAX + 1}+}}\r\n'.encode() + b'x' * 100_000)
        talk.expect(b'* BYE [TOOBIG]')
    seen('a message of exactly the limit is taken, one octet more is not')


def cut_off():
    for half in (b'1 APPEND INBOX {1000+}\r\nSubject: lost\r\n\r\n', b'1 APPEND INBOX {1000', b'1 IDLE\r\nDO'):
        talk = Talk()
        talk.send(half)
        talk.close()
    a_letter_passes()
    seen('half a message is none')


def flood():
    """Answers that nobody reads are not gathered."""
    before = resident_kb()
    talks = [Talk() for _ in range(10)]
    for talk in talks:
        talk.socket.settimeout(2)
        try:
            for _ in range(200):
                talk.send(b'1 LIST "" "*"\r\n' * 1000)
        except (TimeoutError, ssl.SSLError):
            # It waits until we read.
            pass
        else:
            raise SystemExit('two hundred thousand commands were taken, and no answer was read')
    a_letter_passes()
    grown = resident_kb() - before
    if grown > GROWTH_MAX_KB:
        raise SystemExit(f'answers that nobody reads hold {grown} kB')
    for talk in talks:
        talk.close()
    seen(f'whoever asks and does not read waits ({grown} kB more in memory)')


def unfinished():
    before, waiting, put_off = resident_kb(), [], 0
    talks = [Talk() for _ in range(CLIENTS)]
    for talk in talks:
        line = talk.ask(f'1 APPEND INBOX {{{SIZE_MAX}}}', b'+', b'1 NO [UNAVAILABLE]')
        if line.startswith(b'+'):
            talk.send(message('lost', SIZE_MAX)[:-1])
            waiting.append(talk)
        else:
            put_off += 1
            talk.ask('2 NOOP', b'2 OK')
    a_letter_passes()
    grown = resident_kb() - before
    if not waiting or not put_off or len(waiting) * SIZE_MAX > HELD_MAX or grown > GROWTH_MAX_KB:
        raise SystemExit(f'{len(waiting)} let in, {put_off} put off, {grown} kB more in memory')
    for talk in talks:
        talk.close()
    with closing(Talk()) as talk:
        for _ in range(50):
            if talk.ask(f'1 APPEND INBOX {{{SIZE_MAX}}}', b'+', b'1 NO').startswith(b'+'):
                break
        else:
            raise SystemExit('the room of those who left does not come back')
    seen(f'{len(waiting)} unfinished messages were let in, {put_off} put off ({grown} kB more in memory)')


if __name__ == '__main__':
    for play in (before_sign_in, commands, literals, cut_off, flood, unfinished):
        play()
