//! Clients that send a byte a second, in a command and in a message: each gets its 421 and is cut off when its time is
//! over (a short time here, so that the scenario is), nothing of it is stored, and others are served all the while.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use tests::clients::flood::Flood;
use tests::clients::smtp::{Answer, Conversation};
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::until_true;

const TO: &str = "accueil@corp.test";
const LIMITS: &str = "command_s = 4\ndata_block_s = 4";
/// A byte a second: far more than the limits allow, on the busiest machine.
const BYTES_MAX: usize = 30;

pub fn play(dir: &Path) -> Result<()> {
    let stage = Stage::reception(dir, |parts| parts.with_smtp(LIMITS))?;
    let net = &stage.world.net;
    let flood = Flood::start(net, 2, TO, "served");
    let mut in_command = Conversation::open(net, Host::Staff, 25)?;
    in_command.send(b"EHLO ")?;
    let mut in_data = Conversation::open(net, Host::Staff, 25)?;
    in_data.start_data("ami@partner.test", TO)?;
    in_data.send(b"Subject: dribbled\r\n\r\n")?;
    for (place, client) in [("a command", in_command), ("a message", in_data)] {
        let before = flood.acknowledged();
        cut_off(place, client)?;
        until_true("others to be served", || Ok(flood.acknowledged() > before))?;
    }
    let acknowledged = flood.finish();
    let seen = stage.reader("accueil")?.look(net)?;
    crate::an_acknowledged_message_is_lost::all_are_there_once(&seen, &acknowledged)?;
    let stored = seen.values().flat_map(|folder| &folder.messages).any(|one| one.subject == "dribbled");
    ensure!(!stored, "half a message was stored");
    Ok(())
}

fn cut_off(place: &str, mut client: Conversation) -> Result<()> {
    let answer = dribble(&mut client)?;
    // RFC 5321 §3.8: 421 before the server closes.
    ensure!(answer.code == 421 && answer.is_enhanced(), "a byte a second in {place} got {answer:?}");
    ensure!(client.is_closed()?, "after {answer:?} in {place} the session is still open");
    Ok(())
}

fn dribble(client: &mut Conversation) -> Result<Answer> {
    for _ in 0..BYTES_MAX {
        client.send(b"x")?;
        if let Some(answer) = client.answer_within(Duration::from_secs(1))? {
            return Ok(answer);
        }
    }
    bail!("{BYTES_MAX} seconds and no answer")
}
