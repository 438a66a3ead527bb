//! Mail programs that break IMAP or lean on it, over bare TLS (`clients/rude_imap.py`): each gets the answer the RFC
//! says or is sent away, nothing of it is stored, what they hold together is limited, and others are served all the
//! while.

use std::path::Path;

use anyhow::{Result, ensure};
use tests::clients::imap::Reader;
use tests::clients::{PYTHON, script};
use tests::lab::net::Host;
use tests::lab::run::succeed;
use tests::stage::Stage;

const USER: &str = "accueil@corp.test";
const SIZE_MAX: usize = 4_000_000;
const HELD_MAX: usize = 12_000_000;

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::reception(dir, |parts| {
        parts.with_smtp(&format!("size_max_bytes = {SIZE_MAX}")).with_imap(&format!("held_max_bytes = {HELD_MAX}"))
    })?;
    let (net, password) = (stage.world.net.clone(), stage.app_password(USER)?);
    let numbers = [stage.relais.daemon()?.pid().to_string(), SIZE_MAX.to_string(), HELD_MAX.to_string()];
    let mut rude = net.command(Host::Staff, PYTHON);
    rude.arg(script("rude_imap.py")).args([&Host::Standby.address(), "993", USER, &password]).args(&numbers);
    let said = succeed(&mut rude)?;
    said.lines().for_each(|line| println!("         {line}"));
    let seen = Reader::at_standby(USER, &password).look(&net)?;
    let subjects: Vec<&str> =
        seen.values().flat_map(|folder| &folder.messages).map(|message| message.subject.as_str()).collect();
    // One of exactly the limit; one each beside half messages, a flood and unfinished messages.
    ensure!(subjects == ["kept"; 4], "in the mailbox are {subjects:?}");
    ensure!(!stage.relais.said().contains("panicked"), "something panicked");
    Ok(())
}
