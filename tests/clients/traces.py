#!/usr/bin/python3
"""traces.py HOST PORT NAME CODE WORD    leaves something of every kind in the webmail, over HTTPS

Enrols NAME with CODE, writes a draft in which WORD stands everywhere, hangs a small and a large file on it, sets an
authenticator app up, and sends a letter to ami@partner.test.
"""
import base64
import hmac
import http.client
import re
import ssl
import struct
import sys
import time

from pages import PASSWORD, Browser

LARGE = 400_000


def code(seed):
    """RFC 6238 with SHA-1, six digits, thirty seconds."""
    seed = base64.b32decode(seed + '=' * (-len(seed) % 8))
    digest = hmac.new(seed, struct.pack('>Q', int(time.time()) // 30), 'sha1').digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1_000_000:06}"


def hidden(page, action):
    """The hidden fields of a form."""
    form = re.search(rf'(?s)<form\b[^>]*action="{action}".*?</form>', page).group(0)
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', form))


def done(answer, what):
    if answer[0] not in (200, 303):
        raise SystemExit(f'{what} answers {answer[0]}: {answer[2][:500]}')
    return answer


def attach(browser, draft, token, name, octets):
    edge = 'edge-of-the-traces'
    head = f'--{edge}\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token}\r\n--{edge}\r\n'
    head += f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
    body = head.encode() + octets + f'\r\n--{edge}--\r\n'.encode()
    headers = {'Host': browser.host, 'Content-Type': f'multipart/form-data; boundary={edge}',
               'Cookie': '; '.join(f'{name}={value}' for name, value in browser.cookies.items())}
    browser.line.request('POST', f'{draft}/attach', body, headers)
    answer = browser.line.getresponse()
    done((answer.status, None, answer.read().decode('utf-8', 'replace')), f'the file {name}')


def written(browser, to, word, send):
    _, draft, _ = done(browser.ask('GET', '/compose'), 'composing')
    page = done(browser.ask('GET', draft), 'the draft')[2]
    form = hidden(page, f'{draft}/save')
    form.update({'to': to, 'cc': '', 'bcc': '', 'subject': f'Sujet {word}', 'text': f'Texte {word}, et voilà.'})
    done(browser.ask('POST', f'{draft}/{"send" if send else "save"}', form), 'sending' if send else 'saving')
    return draft, form['token']


def main(host, port, name, activation, word):
    browser = Browser(host, int(port))
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    browser.line = http.client.HTTPSConnection(host, int(port), timeout=60, context=trusting)
    browser.enrol(name, activation)
    draft, token = written(browser, f'{word}@partner.test', word, send=False)
    attach(browser, draft, token, f'{word}.txt', f'Pièce {word}. '.encode() * 30)
    attach(browser, draft, token, f'grande-{word}.txt', (f'Pièce {word}. '.encode() * LARGE)[:LARGE])
    page = done(browser.ask('GET', '/account/totp'), 'the authenticator app')[2]
    seed = re.search(r'class="code secret">([A-Z2-7 ]+)<', page).group(1).replace(' ', '')
    form = {**hidden(page, '/account/totp'), 'code': code(seed), 'password': PASSWORD}
    # What answers is the page with the recovery codes.
    if 'class="wrong"' in (page := done(browser.ask('POST', '/account/totp', form), 'the code')[2]):
        raise SystemExit(f'the authenticator app was not taken: {page}')
    written(browser, 'ami@partner.test', word, send=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
