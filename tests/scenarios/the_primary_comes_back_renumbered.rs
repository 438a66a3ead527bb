//! A failback to a Dovecot that was restored with the same mail under new UIDs: nothing is pushed a second time.

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
    let before = Reader::at_primary("accueil").look(&net)?;
    stage.world.dovecot.renumber(&net)?;
    super::failback::go_back(&stage, &[])?;
    let there = Reader::at_primary("accueil").look(&net)?;
    for one in &stage.expected {
        let folder = there.get(one.folder).with_context(|| format!("no {} at the primary", one.folder))?;
        let count = folder.messages.iter().filter(|message| message.message_id == one.message_id).count();
        ensure!(count == 1, "{} is {count} times in {}", one.message_id, one.folder);
    }
    for (name, folder) in &before {
        let now = there.get(name).map(|folder| folder.messages.len()).unwrap_or_default();
        let came = usize::from(name == "INBOX");
        ensure!(now == folder.messages.len() + came, "{name}: {} before, {now} after", folder.messages.len());
    }
    ensure!(there.places("pendant") == ["INBOX"], "the letter is in {:?}", there.places("pendant"));
    Ok(())
}
