//! Going back, as seen at the primary: by imaplib through the master user, by `doveadm`, by hashes and in the zone.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
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
    let counted = push_back(stage, &[])?;
    what_is_counted_is_true(stage, &counted, &before)?;
    let there = Reader::at_primary("accueil").look(net)?;
    what_came_is_there(&before, &there)?;
    let again = push_back(stage, &[])?;
    ensure!(again == counted, "counted again, it is\n{again}\nand was\n{counted}");
    nothing_changed(&there, &Reader::at_primary("accueil").look(net)?).context("pushed a second time")?;
    finish(stage)?;
    until_true("the MX of the primary", || Ok(mx(net, Host::Secondary)? == ["mx-primary.corp.test"]))?;
    ensure!(mx(net, Host::Authority)? == ["mx-primary.corp.test"]);
    nothing_changes_afterwards(stage, &there)
}

/// Starts the failback and sees it through.
pub fn go_back(stage: &Stage, more: &[&str]) -> Result<()> {
    push_back(stage, more)?;
    finish(stage)
}

/// `relais failback start`, up to the reconciliation; answers that, one line a mailbox and what is said below.
pub fn push_back(stage: &Stage, more: &[&str]) -> Result<String> {
    let signed = ["--approved-by", "dsi", "--approved-by", "maire"];
    let said = stage.relais.order(&[&["failback", "start"], &signed[..], more].concat())?;
    let lines: Vec<&str> = said.lines().take_while(|line| !line.is_empty()).collect();
    ensure!(lines.len() > 200, "no reconciliation: {said}");
    Ok(lines.join("\n"))
}

fn finish(stage: &Stage) -> Result<()> {
    stage.relais.order(&["failback", "finish"])?;
    stage.relais.wait_for_phase("standby")
}

/// The reconciliation names every mailbox, none with a difference, and its numbers are those of an IMAP client at
/// Relais and of `doveadm` at the primary.
fn what_is_counted_is_true(stage: &Stage, counted: &str, accueil: &SeenMailbox) -> Result<()> {
    let net = &stage.world.net;
    ensure!(!counted.contains("DIFFERENT") && counted.contains("220 mailboxes, 0 with differences"), "{counted}");
    for line in counted.lines().take(220) {
        // What else the primary has is accueil's: a letter from before the window, and the attacker's.
        ensure!(line.ends_with(": equal") || line.starts_with("accueil@"), "not equal: {line}");
    }
    for login in ["accueil", "maire", "p001", "p002", "compta"] {
        let address = format!("{login}@corp.test");
        let (ours, theirs) = counts_of(counted, &address)?;
        let status = ["mailbox", "status", "-u", &address, "messages", "*"];
        let by_doveadm = numbers(&stage.world.dovecot.doveadm(net, &status)?, "messages=");
        ensure!(theirs == by_doveadm, "{address}: counted {theirs:?}, doveadm has {by_doveadm:?}");
        if login == "accueil" {
            let shown = accueil.iter().map(|(name, folder)| (name.clone(), folder.messages.len()));
            let mut shown: BTreeMap<String, usize> = shown.filter(|(_, count)| *count > 0).collect();
            shown.retain(|name, _| ours.contains_key(name));
            ensure!(ours == shown, "{address}: counted {ours:?}, IMAP shows {shown:?}");
        } else {
            ensure!(ours == theirs, "{address}: {ours:?} here and {theirs:?} there");
        }
    }
    Ok(())
}

/// Of `ada@corp.test: INBOX 12 here, 12 there; Sent 3 here, 3 there: equal`, by folder, what is here and what is there.
fn counts_of(counted: &str, address: &str) -> Result<(BTreeMap<String, usize>, BTreeMap<String, usize>)> {
    let line = counted.lines().find_map(|line| line.strip_prefix(&format!("{address}: ")));
    let (folders, _verdict) =
        line.and_then(|line| line.split_once(": ")).with_context(|| format!("no line of {address}"))?;
    let (mut here, mut there) = (BTreeMap::new(), BTreeMap::new());
    for folder in folders.split("; ") {
        let (ours, theirs) = folder.split_once(" here, ").with_context(|| format!("{folder:?}"))?;
        let (name, ours) = ours.rsplit_once(' ').with_context(|| format!("{folder:?}"))?;
        let counts = [ours, theirs.trim_end_matches(" there")].map(str::parse::<usize>);
        let [Ok(ours), Ok(theirs)] = counts else { anyhow::bail!("no numbers in {folder:?}") };
        here.insert(name.to_owned(), ours);
        there.insert(name.to_owned(), theirs);
    }
    here.retain(|_, count| *count > 0);
    there.retain(|_, count| *count > 0);
    Ok((here, there))
}

/// Of `Sent messages=3`, by folder, all that are not nought.
fn numbers(text: &str, before: &str) -> BTreeMap<String, usize> {
    let pairs = text.lines().filter_map(|line| line.split_once(&format!(" {before}")));
    pairs
        .filter_map(|(name, count)| Some((name.to_owned(), count.trim().parse().ok().filter(|count| *count > 0)?)))
        .collect()
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

/// Sync goes on and takes nothing for new; a second failover and failback finds nothing to do.
fn nothing_changes_afterwards(stage: &Stage, there: &SeenMailbox) -> Result<()> {
    let net = &stage.world.net;
    stage.wait_until_followed()?;
    let progress = stage.take_over()?;
    ensure!(progress.lines().count() > 4, "a switch from a terminal shows only {progress:?}");
    let here = stage.reader("accueil")?.look(net)?;
    for subject in ["apres", "alias", "liste", "Re: apres", "avant"] {
        ensure!(
            here.places(subject) == there.places(subject),
            "after sync, {subject} is in {:?}",
            here.places(subject)
        );
    }
    every_message_is_there_once(&here)?;
    go_back(stage, &[])?;
    nothing_changed(there, &Reader::at_primary("accueil").look(net)?).context("with nothing to push")
}

fn every_message_is_there_once(mailbox: &SeenMailbox) -> Result<()> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, folder) in mailbox {
        folder.messages.iter().for_each(|one| places.entry(&one.message_id).or_default().push(name));
    }
    let several: Vec<_> = places.iter().filter(|(_, folders)| folders.len() > 1).collect();
    ensure!(several.is_empty(), "more than once: {several:?}");
    Ok(())
}

fn nothing_changed(before: &SeenMailbox, after: &SeenMailbox) -> Result<()> {
    for (name, folder) in before {
        let now = after.get(name).map(|folder| folder.messages.clone()).unwrap_or_default();
        ensure!(folder.messages == now, "{name} changed in a failback");
    }
    ensure!(before.len() == after.len(), "folders: {:?} became {:?}", before.keys(), after.keys());
    Ok(())
}
