//! `kill -9` as soon as a step of the failback is seen that was not met at any kill before, at work or done, and in the middle of the push,
//! with a restart each time: the failback resumes and ends, and each message is at the primary exactly once, as `doveadm`
//! counts and as its hash says.
//!
//! ```text
//!   start: checklist  take delta  push  records back  drain  push again  reconcile | finish: close  push  end  thaw
//!              x x        x x    x x x      x x         x x      x x         x x           x x    x x  x x   x x
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::clients::dns::{MxWatch, mx};
use tests::clients::flood::Flood;
use tests::clients::imap::{Reader, SeenMailbox, Subjects as _};
use tests::lab::Net;
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::{until, until_true};

const TO: &str = "accueil@corp.test";
/// Enough for a push that can be interrupted.
const LETTERS: usize = 300;
/// Steps take milliseconds, so how many are met depends on the machine: some fifteen on a calm one.
const KILLS_MIN: usize = 6;
const KILLS_MAX: usize = 60;

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::active(dir)?;
    let net = Arc::clone(&stage.world.net);
    let mut acknowledged = letters(&net, "pendant", LETTERS)?;
    let reader = stage.reader("accueil")?;
    staff_tidy_up(&net, &reader)?;
    let watch = MxWatch::start(&net);
    let mut killed = Killed::default();
    stage.relais.order(&["failback", "start", "--detach", "--approved-by", "dsi", "--approved-by", "maire"])?;
    killed.in_the_middle_of_the_push(&mut stage)?;
    killed.at_every_step(&mut stage, "reconcile")?;
    // What comes in now is for the last push.
    acknowledged.extend(letters(&net, "tardif", 20)?);
    until_true("the mailbox to open", || Ok(reader.refused(&net)?.is_none()))?;
    let here = reader.look(&net)?;
    stage.relais.order(&["failback", "finish", "--detach"])?;
    killed.at_every_step(&mut stage, "thaw_sync")?;
    stage.relais.wait_for_phase("standby")?;
    println!("         killed {} times, {} letters acknowledged", killed.times, acknowledged.len());
    ensure!(killed.times >= KILLS_MIN, "only {} kills: the steps went by unseen", killed.times);
    let primary = ["mx-primary.corp.test"];
    ensure!(mx(&net, Host::Authority)? == primary && mx(&net, Host::Secondary)? == primary);
    for sight in watch.finish()? {
        ensure!(!sight.hosts.is_empty(), "{:?} gave no MX at all", sight.server);
    }
    let there = Reader::at_primary("accueil").look(&net)?;
    crate::an_acknowledged_message_is_lost::all_are_there_once(&there, &acknowledged)?;
    the_same_is_there(&here, &there)?;
    doveadm_counts_the_same(&stage, &there)?;
    sync_takes_nothing_for_new(&stage, &there)
}

/// Letters that the partner's side has an answer for.
fn letters(net: &Arc<Net>, name: &str, count: usize) -> Result<Vec<String>> {
    let flood = Flood::start(net, 4, TO, name);
    until_true("acknowledged letters", || Ok(flood.acknowledged() >= count))?;
    Ok(flood.finish())
}

/// What staff did meanwhile goes back as well: a letter read, one moved, one deleted.
fn staff_tidy_up(net: &Net, reader: &Reader) -> Result<()> {
    let seen = reader.look(net)?;
    let uid = |subject: &str| -> Result<String> {
        let inbox = seen.get("INBOX").context("no INBOX")?;
        let found = inbox.messages.iter().find(|one| one.subject == subject);
        found.map(|one| one.uid.to_string()).with_context(|| format!("no {subject}"))
    };
    reader.act(net, &["store", "INBOX", &uid("pendant-0-0")?, "+FLAGS", "\\Seen"], b"")?;
    reader.act(net, &["move", "INBOX", &uid("INBOX 3")?, "Marches"], b"")?;
    reader.act(net, &["delete", "INBOX", &uid("INBOX 5")?], b"").map(drop)
}

/// What was there at each kill, so that each step is met twice: at work and done.
#[derive(Default)]
struct Killed {
    times: usize,
    seen: BTreeSet<String>,
}

impl Killed {
    fn kill(&mut self, stage: &mut Stage) -> Result<()> {
        self.times += 1;
        ensure!(self.times < KILLS_MAX, "{KILLS_MAX} kills and no end");
        stage.relais.kill_hard()?;
        stage.relais.start()
    }

    /// Some of the letters are at the primary, others are not.
    fn in_the_middle_of_the_push(&mut self, stage: &mut Stage) -> Result<()> {
        let count = until("letters at the primary", || {
            let count = letters_at_the_primary(stage)?;
            Ok((count > 0).then_some(count))
        })?;
        self.kill(stage)?;
        ensure!(count < LETTERS, "all {count} letters were pushed before it was killed");
        Ok(())
    }

    fn at_every_step(&mut self, stage: &mut Stage, last: &str) -> Result<()> {
        loop {
            let (marks, is_over) = until("a step that was not met at any kill, or the end", || {
                let status = stage.relais.status()?;
                let marks = marks(&status);
                let is_over = status["phase"] == "standby" || marks.contains(&format!("{last} done"));
                Ok((is_over || !marks.is_subset(&self.seen)).then_some((marks, is_over)))
            })?;
            self.seen.extend(marks);
            self.kill(stage)?;
            if is_over {
                return Ok(());
            }
        }
    }
}

/// `push working`, `push done` and so on.
fn marks(status: &Value) -> BTreeSet<String> {
    let steps = status["run"]["steps"].as_array().cloned().unwrap_or_default();
    let mark = |step: &Value| {
        let state = step["progress"]["state"].as_str().or_else(|| step["state"].as_str())?;
        matches!(state, "working" | "done").then(|| format!("{} {state}", step["step"].as_str().unwrap_or_default()))
    };
    steps.iter().filter_map(mark).collect()
}

fn letters_at_the_primary(stage: &Stage) -> Result<usize> {
    let search = ["search", "-u", TO, "mailbox", "INBOX", "subject", "pendant-"];
    Ok(stage.world.dovecot.doveadm(&stage.world.net, &search)?.lines().count())
}

/// Folder, subject, hash of the body, flags, received time: how often each is there.
fn counted(mailbox: &SeenMailbox) -> BTreeMap<(String, String, String, Vec<String>, i64), usize> {
    let mut counts = BTreeMap::new();
    for (folder, one) in mailbox.iter().flat_map(|(name, folder)| folder.messages.iter().map(move |one| (name, one))) {
        let key = (folder.clone(), one.subject.clone(), one.body_sha256.clone(), one.flags.clone(), one.received_s);
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

/// All that was at Relais, and beside it only what was older than its window.
fn the_same_is_there(here: &SeenMailbox, there: &SeenMailbox) -> Result<()> {
    let (ours, mut theirs) = (counted(here), counted(there));
    theirs.retain(|(_, subject, ..), _| subject != "jadis");
    for (one, count) in &ours {
        ensure!(*count == 1, "{one:?} is {count} times at Relais");
        ensure!(theirs.get(one) == Some(&1), "{one:?} is {:?} times at the primary", theirs.get(one));
    }
    let more: Vec<_> = theirs.keys().filter(|one| !ours.contains_key(*one)).collect();
    ensure!(more.is_empty(), "at the primary and not at Relais: {more:?}");
    ensure!(there.places("INBOX 3") == ["Marches"] && there.places("INBOX 5").is_empty(), "staff's tidying is lost");
    Ok(())
}

/// Another reader than the one that was asked before.
fn doveadm_counts_the_same(stage: &Stage, there: &SeenMailbox) -> Result<()> {
    let inbox = there.get("INBOX").map_or(0, |folder| folder.messages.len());
    let said = stage.world.dovecot.doveadm(&stage.world.net, &["mailbox", "status", "-u", TO, "messages", "INBOX"])?;
    ensure!(said.trim().ends_with(&format!("messages={inbox}")), "{inbox} by IMAP; by doveadm {said}");
    Ok(())
}

fn sync_takes_nothing_for_new(stage: &Stage, there: &SeenMailbox) -> Result<()> {
    stage.wait_until_followed()?;
    let _progress = stage.take_over()?;
    let again = stage.reader("accueil")?.look(&stage.world.net)?;
    for subject in ["pendant-0-0", "tardif-0-0"] {
        ensure!(again.places(subject) == there.places(subject), "after sync, {subject} is in {:?}", again.places(subject));
    }
    Ok(())
}
