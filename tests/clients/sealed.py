"""The public algorithms that docs/format.md names, from their own papers: HPKE (RFC 9180) and XChaCha20-Poly1305."""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305: RFC 9180 section 7.
KEM, KDF, AEAD = 0x0020, 0x0001, 0x0003
KEM_SUITE = b'KEM' + struct.pack('>H', KEM)
SUITE = b'HPKE' + struct.pack('>HHH', KEM, KDF, AEAD)


def extract(salt, material):
    return hmac.new(salt or b'\0' * 32, material, hashlib.sha256).digest()


def expand(key, info, length):
    out, block, counter = b'', b'', 1
    while len(out) < length:
        block = hmac.new(key, block + info + bytes([counter]), hashlib.sha256).digest()
        out, counter = out + block, counter + 1
    return out[:length]


def labeled_extract(suite, salt, label, material):
    return extract(salt, b'HPKE-v1' + suite + label + material)


def labeled_expand(suite, key, label, info, length):
    return expand(key, struct.pack('>H', length) + b'HPKE-v1' + suite + label + info, length)


def public_of(private):
    raw = X25519PrivateKey.from_private_bytes(private).public_key()
    return raw.public_bytes(Encoding.Raw, PublicFormat.Raw)


def hpke_open(private, encapsulated, info, named, ciphertext):
    """RFC 9180 section 5.1.1, base mode, first message."""
    shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(encapsulated))
    context = encapsulated + public_of(private)
    prk = labeled_extract(KEM_SUITE, b'', b'eae_prk', shared)
    secret = labeled_expand(KEM_SUITE, prk, b'shared_secret', context, 32)
    hashes = labeled_extract(SUITE, b'', b'psk_id_hash', b'') + labeled_extract(SUITE, b'', b'info_hash', info)
    schedule = b'\0' + hashes
    secret = labeled_extract(SUITE, secret, b'secret', b'')
    key = labeled_expand(SUITE, secret, b'key', schedule, 32)
    nonce = labeled_expand(SUITE, secret, b'base_nonce', schedule, 12)
    return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, named)


def hchacha20(key, nonce):
    """draft-irtf-cfrg-xchacha section 2.2."""
    def rotated(value, by):
        return (value << by | value >> (32 - by)) & 0xffffffff

    def quarter(a, b, c, d):
        for first, second, third, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[first] = (state[first] + state[second]) & 0xffffffff
            state[third] = rotated(state[third] ^ state[first], by)

    state = list(struct.unpack('<16I', b'expand 32-byte k' + key + nonce))
    for _ in range(10):
        for column in range(4):
            quarter(column, column + 4, column + 8, column + 12)
        for start in range(4):
            quarter(start, 4 + (start + 1) % 4, 8 + (start + 2) % 4, 12 + (start + 3) % 4)
    return struct.pack('<8I', *(state[:4] + state[12:]))


def xchacha_open(key, nonce, named, ciphertext):
    subkey = hchacha20(key, nonce[:16])
    return ChaCha20Poly1305(subkey).decrypt(b'\0' * 4 + nonce[16:], ciphertext, named)


def self_test():
    """The vector of draft-irtf-cfrg-xchacha section 2.2.1."""
    nonce = bytes.fromhex('000000090000004a0000000031415927')
    made = hchacha20(bytes(range(32)), nonce).hex()
    assert made == '82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc', made


self_test()
