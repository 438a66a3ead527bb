//! `kill -9` in the middle of many sessions and in the middle of DATA: what got its 250 is there afterwards, once;
//! what did not end is not there at all.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use tests::clients::flood::Flood;
use tests::clients::imap::{Reader, SeenMailbox};
use tests::clients::smtp::Conversation;
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::until_true;

const TO: &str = "accueil@corp.test";

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::reception(dir, |parts| parts)?;
    let net = Arc::clone(&stage.world.net);
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut half = Conversation::open(&net, Host::Staff, 25)?;
        half.start_data("ami@partner.test", TO)?;
        half.send(b"Subject: half\r\n\r\nthis is not all\r\n")?;
        let flood = Flood::start(&net, 8, TO, &format!("kill-{round}"));
        until_true("fifty acknowledged letters", || Ok(flood.acknowledged() >= 50))?;
        stage.relais.kill_hard()?;
        acknowledged.extend(flood.finish());
        ensure!(half.is_closed()?, "the session survived its server");
        stage.relais.start()?;
    }
    stage.relais.wait_for_phase("active")?;
    let seen = stage.reader("accueil")?.look(&net)?;
    all_are_there_once(&seen, &acknowledged)?;
    let halves = seen.values().flat_map(|folder| &folder.messages).filter(|one| one.subject == "half").count();
    ensure!(halves == 0, "half a message was stored");
    still_works(&stage)
}

/// Every acknowledged letter exactly once.
pub fn all_are_there_once(seen: &SeenMailbox, acknowledged: &[String]) -> Result<()> {
    let here: Vec<&str> = seen
        .get("INBOX")
        .map(|inbox| inbox.messages.iter().map(|one| one.subject.as_str()).collect())
        .unwrap_or_default();
    let times = |subject: &String| here.iter().filter(|one| *one == subject).count();
    let wrong: Vec<String> = acknowledged
        .iter()
        .map(|subject| (subject, times(subject)))
        .filter(|(_, times)| *times != 1)
        .map(|(subject, times)| format!("{subject} {times} times"))
        .collect();
    ensure!(wrong.is_empty(), "of {} that got their 250, here are: {}", acknowledged.len(), wrong.join(", "));
    ensure!(!acknowledged.is_empty(), "nothing was acknowledged");
    Ok(())
}

/// After all this, mail still arrives and is read.
pub fn still_works(stage: &Stage) -> Result<()> {
    let flood = Flood::start(&stage.world.net, 2, TO, "afterwards");
    until_true("mail after the restart", || Ok(flood.acknowledged() >= 5))?;
    let acknowledged = flood.finish();
    let reader: Reader = stage.reader("accueil")?;
    all_are_there_once(&reader.look(&stage.world.net)?, &acknowledged)
}
