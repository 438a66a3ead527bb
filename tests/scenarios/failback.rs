//! Going back, as seen at the primary: by imaplib through the master user, by `doveadm`, by hashes and in the zone.

use anyhow::{Result, ensure};
use tests::clients::dns::mx;
use tests::clients::imap::{Reader, Seen, SeenMailbox, Subjects as _};
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::until_true;

/// Step 9: pushes everything back and proves that it is there once, also after a second time.
pub fn everything_is_back_once(stage: &mut Stage, password: &str) -> Result<()> {
    let net = &stage.world.net;
    let here = Reader::at_standby("accueil@corp.test", password);
    let before = here.look(net)?;
    let new = before.get("INBOX").and_then(|folder| folder.messages.iter().find(|one| one.subject == "apres"));
    let uid = new.map(|one| one.uid.to_string()).unwrap_or_default();
    here.act(net, &["store", "INBOX", &uid, "+FLAGS", "\\Seen"], b"")?;
    let before = here.look(net)?;
    go_back(stage, &[])?;
    let there = Reader::at_primary("accueil").look(net)?;
    what_came_is_there(&before, &there)?;
    until_true("the MX of the primary", || Ok(mx(net, Host::Secondary)? == ["mx-primary.corp.test"]))?;
    ensure!(mx(net, Host::Authority)? == ["mx-primary.corp.test"]);
    nothing_changes_afterwards(stage, &there)
}

/// Starts the failback and sees it through.
pub fn go_back(stage: &Stage, more: &[&str]) -> Result<()> {
    let signed = ["--approved-by", "dsi", "--approved-by", "maire"];
    let said = stage.relais.order(&[&["failback", "start"], &signed[..], more].concat())?;
    ensure!(said.contains("accueil@corp.test"), "no reconciliation: {said}");
    stage.relais.order(&["failback", "finish"])?;
    stage.relais.wait_for_phase("standby")
}

/// Everything Relais received or sent, once, in its folder, with its time and read state.
fn what_came_is_there(here: &SeenMailbox, there: &SeenMailbox) -> Result<()> {
    for subject in ["apres", "alias", "liste"] {
        same_message(here, there, "INBOX", subject)?;
    }
    same_message(here, there, "Sent", "Re: apres")
}

fn same_message(here: &SeenMailbox, there: &SeenMailbox, folder: &str, subject: &str) -> Result<()> {
    let one = |mailbox: &SeenMailbox, place: &str| -> Result<Seen> {
        let all: Vec<&Seen> = mailbox
            .get(folder)
            .map(|folder| folder.messages.iter().filter(|message| message.subject == subject).collect())
            .unwrap_or_default();
        ensure!(all.len() == 1, "{subject:?} is {} times in {folder} {place}", all.len());
        Ok(all.first().map(|one| (*one).clone()).unwrap_or_else(|| unreachable!("counted above")))
    };
    let (ours, theirs) = (one(here, "at Relais")?, one(there, "at the primary")?);
    ensure!(ours.body_sha256 == theirs.body_sha256, "{subject:?} came back with another body");
    ensure!(ours.received_s == theirs.received_s, "{subject:?}: {} became {}", ours.received_s, theirs.received_s);
    ensure!(ours.flags == theirs.flags, "{subject:?}: {:?} became {:?}", ours.flags, theirs.flags);
    ensure!(!theirs.relais_id.is_empty(), "{subject:?} came back without its Relais-Id");
    Ok(())
}

/// Sync goes on and takes nothing for new; a second failback finds nothing to do.
fn nothing_changes_afterwards(stage: &Stage, there: &SeenMailbox) -> Result<()> {
    let net = &stage.world.net;
    stage.wait_until_followed()?;
    let _progress = stage.take_over()?;
    let here = stage.reader("accueil")?.look(net)?;
    ensure!(here.places("apres") == ["INBOX"], "after sync, `apres` is in {:?}", here.places("apres"));
    go_back(stage, &[])?;
    let again = Reader::at_primary("accueil").look(net)?;
    for (name, folder) in there {
        let after = again.get(name).map(|folder| folder.messages.clone()).unwrap_or_default();
        ensure!(folder.messages == after, "{name} changed in a failback with nothing to push");
    }
    Ok(())
}
