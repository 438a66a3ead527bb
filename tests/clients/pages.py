#!/usr/bin/python3
"""Opens every message of an inbox in the webmail, as a browser would, and reads what the letter says.

pages.py HOST PORT NAME CODE < list of files     enrols NAME with CODE, then asks the pages of UID 1, 2, ... in turn

Each file is the message of the UID at its place. Its page, its frame where it has one, and its page to be printed have to
answer 200, and a word of the letter has to be there to be read; which one, Python's own mail parser says. Prints a line for
each that did not, and last how many did so and how many of them have no word.
"""
import base64
import email
import email.policy
import html
import http.client
import itertools
import re
import sys
import urllib.parse

PASSWORD = 'une longue phrase de passe 42'
WORDS_TRIED = 40
BASE64 = re.compile(r'[A-Za-z0-9+/=]+')


class Browser:
    def __init__(self, host, port):
        self.line = http.client.HTTPConnection(host, port, timeout=120)
        self.host = f'{host}:{port}'
        self.cookies = {}

    def ask(self, method, path, form=None):
        body = urllib.parse.urlencode(form) if form else None
        headers = {'Host': self.host, 'Accept-Language': 'fr',
                   'Cookie': '; '.join(f'{name}={value}' for name, value in self.cookies.items())}
        if form:
            headers['Content-Type'] = 'application/x-www-form-urlencoded'
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == 'set-cookie':
                name, _, value = value.split(';')[0].partition('=')
                self.cookies[name.strip()] = value
        return answer.status, answer.getheader('location'), answer.read().decode('utf-8', 'replace')

    def enrol(self, name, code):
        _, _, door = self.ask('GET', '/welcome')
        token = re.search(r'name="token" value="(\w+)"', door).group(1)
        form = {'token': token, 'name': name, 'code': code, 'password': PASSWORD, 'repeat': PASSWORD}
        status, _, page = self.ask('POST', '/welcome', form)
        if status != 303:
            raise SystemExit(f'not let in: {status} {page[:500]}')
        _, inbox, _ = self.ask('GET', '/')
        return inbox


def readable(page):
    """What a page says, without its markup."""
    page = re.sub(r'(?is)<(script|style|title)\b.*?</\1\s*>|<!--.*?-->', ' ', page)
    return html.unescape(re.sub(r'(?s)<[^>]*>', '', page))


def octets(part):
    """What a part holds. Python gives base64 up as a whole where a mailing list has written below it."""
    if str(part['content-transfer-encoding']).strip().lower() != 'base64':
        return part.get_payload(decode=True) or b''
    lines = itertools.takewhile(BASE64.fullmatch, part.get_payload().lstrip().splitlines())
    return base64.b64decode(''.join(lines) + '==')


def words(path):
    """Long words of each of the letter's texts."""
    with open(path, 'rb') as file:
        message = email.message_from_binary_file(file, policy=email.policy.compat32)
    texts = [part for part in message.walk() if part.get_content_maintype() == 'text' and not part.get_filename()]
    all_found = []
    for part in texts:
        raw = octets(part)
        text = raw.decode('ascii', 'replace')
        text = readable(text) if part.get_content_subtype() == 'html' else text
        found = re.findall(r'(?<!\S)[A-Za-z]{5,}(?!\S)', text)
        all_found += found[:WORDS_TRIED]
    return all_found


def looked(browser, inbox, uid, path):
    """What is wrong with the pages of one message, or nothing; and whether it has words."""
    said = ''
    status, _, page = browser.ask('GET', f'{inbox}/m/{uid}')
    ends = ['/print'] + (['/html'] if '<iframe class="letter"' in page else [])
    if status != 200:
        return f'its page answers {status}', False
    said = readable(page[page.index('<article'):])
    for end in ends:
        status, _, more = browser.ask('GET', f'{inbox}/m/{uid}{end}')
        if status != 200:
            return f'{end} answers {status}', False
        said += readable(more)
    wanted = words(path)
    if wanted and not any(word in said for word in wanted):
        return f'none of {wanted[:5]} is to be read', True
    return None, bool(wanted)


def main(host, port, name, code):
    browser = Browser(host, int(port))
    inbox = browser.enrol(name, code)
    opened = wordless = 0
    paths = [path for path in sys.stdin.read().split('\n') if path]
    for uid, path in enumerate(paths, 1):
        wrong, has_words = looked(browser, inbox, uid, path)
        if wrong:
            print(f'{path}: {wrong}')
        else:
            opened += 1
            wordless += not has_words
    print(opened, wordless)


if __name__ == '__main__':
    main(*sys.argv[1:])
