//! A failback to a Dovecot that was restored with the same mail under new UIDs: nothing is pushed a second time, and what staff
//! flagged and moved meanwhile is flagged and moved there.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tests::clients::imap::{Reader, Subjects as _};
use tests::clients::submission::{Letter, partner_sends};
use tests::stage::Stage;
use tests::wait::until_true;

/// Where staff put a message.
const ELSEWHERE: &str = "Marches";

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::active(dir)?;
    let net = stage.world.net.clone();
    let letter = Letter { from: "ami@partner.test", to: "accueil@corp.test", subject: "pendant", body: "x" };
    partner_sends(&net, &letter)?;
    let reader = stage.reader("accueil")?;
    until_true("the letter at Relais", || Ok(reader.look(&net)?.places("pendant") == ["INBOX"]))?;
    let (flagged, moved) = of_the_inbox(&stage)?;
    let inbox = reader.look(&net)?.remove("INBOX").context("no inbox at Relais")?;
    let uid = |id: &str| {
        let found = inbox.messages.iter().find(|message| message.message_id == id);
        found.map(|message| message.uid.to_string()).with_context(|| format!("{id} is not in the inbox at Relais"))
    };
    reader.act(&net, &["store", "INBOX", &uid(&flagged)?, "+FLAGS", "\\Flagged"], b"")?;
    reader.act(&net, &["move", "INBOX", &uid(&moved)?, ELSEWHERE], b"")?;
    let before = Reader::at_primary("accueil").look(&net)?;
    stage.world.dovecot.renumber(&net)?;
    super::failback::go_back(&stage, &[])?;
    let there = Reader::at_primary("accueil").look(&net)?;
    for one in &stage.expected {
        let name = if one.message_id == moved { ELSEWHERE } else { one.folder };
        let folder = there.get(name).with_context(|| format!("no {name} at the primary"))?;
        let count = folder.messages.iter().filter(|message| message.message_id == one.message_id).count();
        ensure!(count == 1, "{} is {count} times in {name}", one.message_id);
    }
    for (name, folder) in &before {
        let now = there.get(name).map(|folder| folder.messages.len()).unwrap_or_default();
        // One came into the inbox and another one left it.
        let came = usize::from(name == ELSEWHERE);
        ensure!(now == folder.messages.len() + came, "{name}: {} before, {now} after", folder.messages.len());
    }
    ensure!(there.places("pendant") == ["INBOX"], "the letter is in {:?}", there.places("pendant"));
    let inbox = there.get("INBOX").context("no inbox at the primary")?;
    let flags = inbox.messages.iter().find(|message| message.message_id == flagged).map(|message| &message.flags);
    ensure!(flags.is_some_and(|flags| flags.iter().any(|flag| flag == "\\Flagged")), "{flagged} has {flags:?}");
    Ok(())
}

/// Two messages that the inbox had before, neither of them flagged.
fn of_the_inbox(stage: &Stage) -> Result<(String, String)> {
    let mut ids = stage.expected.iter().filter(|one| one.folder == "INBOX");
    let mut next = || {
        let found = ids.find(|one| !one.flags.iter().any(|flag| flag == "\\Flagged"));
        found.map(|one| one.message_id.clone()).context("too few messages in the inbox")
    };
    Ok((next()?, next()?))
}
