//! dkimpy as the verifier: `dkimverify` finds the key through the lab's resolver, as any receiver would.

use anyhow::Result;

use super::PYTHON;
use crate::lab::net::{Host, Net};
use crate::lab::run::feed;

const VERIFY: &str = "import sys, dkim; print(dkim.verify(sys.stdin.buffer.read()))";

/// Does the signature of `raw` hold, seen from the partner?
pub fn verifies(net: &Net, raw: &str) -> Result<bool> {
    // A Maildir holds bare line feeds; the signature was made over CRLF.
    let wire = raw.replace("\r\n", "\n").replace('\n', "\r\n");
    Ok(feed(net.command(Host::Partner, PYTHON).args(["-c", VERIFY]), wire.as_bytes())?.trim() == "True")
}
