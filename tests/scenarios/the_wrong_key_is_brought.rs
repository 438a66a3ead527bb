//! Somebody brings the wrong unlock key, before and during a failover: it is named with what to do about it, mail is
//! accepted all the while, nothing opens and nothing is lost; with the right key the running service goes on.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::clients::flood::Flood;
use tests::lab::config::unlock_key;
use tests::lab::net::Host;
use tests::lab::run::succeed;
use tests::stage::Stage;
use tests::wait::{until, until_true};

use crate::an_acknowledged_message_is_lost::all_are_there_once;

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::standby(dir)?;
    let net = Arc::clone(&stage.world.net);
    let before = stage.relais.daemon()?.pid();
    bring_another(&stage)?;
    let check = stage.relais.json(&["check"])?;
    says_what_to_do(&check["findings"]).context("in peacetime")?;
    stage.relais.order(&["failover", "start", "--detach", "--clean-point", "everything"])?;
    let reader = stage.reader("accueil")?;
    let status = until("the switch to come to the key", || {
        let status = stage.relais.status()?;
        Ok(says_what_to_do(&status["findings"]).is_ok().then_some(status))
    })?;
    println!("         {}", status["says"].as_str().unwrap_or_default());
    ensure!(status["phase"] == "failover", "the phase is {}", status["phase"]);
    until_true("mail to be accepted", || Ok(accepts(&net)))?;
    let flood = Flood::start(&net, 4, "accueil@corp.test", "sealed");
    until_true("twenty acknowledged letters", || Ok(flood.acknowledged() >= 20))?;
    let acknowledged = flood.finish();
    ensure!(reader.refused(&net)?.is_some(), "a mailbox opened without its key");
    stage.show_key()?;
    stage.relais.wait_for_phase("active")?;
    ensure!(stage.relais.daemon()?.pid() == before && stage.relais.daemon()?.is_running(), "it had to be restarted");
    let seen = reader.look(&net)?;
    all_are_there_once(&seen, &acknowledged)?;
    for one in &stage.expected {
        let found = seen.get(one.folder).map_or(0, |folder| {
            folder.messages.iter().filter(|message| message.message_id == one.message_id).count()
        });
        ensure!(found == 1, "{} is {found} times in {}", one.message_id, one.folder);
    }
    let status = stage.relais.status()?;
    ensure!(named(&status["findings"]).is_none(), "the right key is there, and still: {}", status["findings"]);
    Ok(())
}

/// A key that opens somebody else's house.
fn bring_another(stage: &Stage) -> Result<()> {
    let other = stage.dir().join("other");
    succeed(std::process::Command::new(tests::lab::relais::binary()?).args(["keys", "new", "--out"]).arg(&other))?;
    Ok(std::fs::copy(other.join("unlock.key"), unlock_key(stage.dir())).map(drop)?)
}

fn named(findings: &Value) -> Option<&Value> {
    findings.as_array()?.iter().find(|finding| finding["name"] == "unlock-key")
}

/// The finding names the file, what is wrong with it, and what has to lie there.
fn says_what_to_do(findings: &Value) -> Result<()> {
    let remedy = named(findings).and_then(|finding| finding["remedy"].as_str());
    let remedy = remedy.with_context(|| format!("no finding about the unlock key in {findings}"))?;
    let says = ["unlock.key", "another key", "seal.unlock_public"].iter().all(|word| remedy.contains(word));
    ensure!(says, "the remedy is {remedy:?}");
    Ok(())
}

fn accepts(net: &Arc<tests::lab::Net>) -> bool {
    let attempt = || -> Result<()> {
        let mut client = tests::clients::smtp::Conversation::open(net, Host::Partner, 25)?;
        client.start_data("ami@partner.test", "accueil@corp.test")
    };
    attempt().is_ok()
}
