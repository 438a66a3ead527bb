//! A failback to a Dovecot that was wiped: its emptiness is not read as deletion, and the full history is pushed.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tests::clients::imap::{Reader, Subjects as _};
use tests::clients::submission::{Letter, partner_sends};
use tests::stage::Stage;
use tests::wait::until_true;

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::active(dir)?;
    let net = stage.world.net.clone();
    let letter = Letter { from: "ami@partner.test", to: "accueil@corp.test", subject: "pendant", body: "x" };
    partner_sends(&net, &letter)?;
    let reader = stage.reader("accueil")?;
    until_true("the letter at Relais", || Ok(reader.look(&net)?.places("pendant") == ["INBOX"]))?;
    let here = reader.look(&net)?;
    stage.world.dovecot.wipe(&net)?;
    let offered = super::failback::push_back(&stage, &[])?;
    ensure!(offered.contains("relais failback start --full"), "the full history is not offered:\n{offered}");
    super::failback::go_back(&stage, &["--full"])?;
    let there = Reader::at_primary("accueil").look(&net)?;
    for (name, folder) in &here {
        let pushed = there.get(name).map(|folder| folder.messages.len()).unwrap_or_default();
        ensure!(pushed == folder.messages.len(), "{name}: {} here, {pushed} there", folder.messages.len());
    }
    for one in &stage.expected {
        let folder = there.get(one.folder).with_context(|| format!("no {} at the primary", one.folder))?;
        let found: Vec<_> = folder.messages.iter().filter(|message| message.message_id == one.message_id).collect();
        ensure!(found.len() == 1, "{} is {} times at the primary", one.message_id, found.len());
        ensure!(found.iter().all(|message| message.received_s == one.received_s && message.flags == one.flags));
    }
    nothing_was_read_as_deleted(&stage)
}

/// After sync has looked at the refilled primary, a second failover shows everything again.
fn nothing_was_read_as_deleted(stage: &Stage) -> Result<()> {
    let net = &stage.world.net;
    stage.wait_until_followed()?;
    let _progress = stage.take_over()?;
    let seen = stage.reader("accueil")?.look(net)?;
    for one in &stage.expected {
        let count = seen
            .get(one.folder)
            .map_or(0, |folder| folder.messages.iter().filter(|message| message.message_id == one.message_id).count());
        ensure!(count == 1, "after the failback {} is {count} times in {}", one.message_id, one.folder);
    }
    Ok(())
}
