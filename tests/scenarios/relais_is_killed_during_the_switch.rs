//! `kill -9` as soon as each step of the switch is begun, and a restart: the switch resumes and ends, the MX is never
//! empty, and what was acknowledged before is still there.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use serde_json::Value;
use tests::clients::dns::{MxWatch, mx};
use tests::clients::flood::Flood;
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::{until, until_true};

use crate::an_acknowledged_message_is_lost::all_are_there_once;

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::standby(dir)?;
    stage.show_key()?;
    let net = Arc::clone(&stage.world.net);
    let watch = MxWatch::start(&net);
    stage.relais.order(&["failover", "start", "--detach", "--clean-point", "everything"])?;
    let mut kills = 0;
    let mut floods = Vec::new();
    let mut seen = BTreeSet::new();
    // Each time it is killed as soon as a step is done that was not done at any kill before.
    loop {
        let status = until("a step that was never done before, or the end", || {
            let status = stage.relais.status()?;
            let news = steps_done(&status).iter().any(|step| !seen.contains(step));
            Ok((status["phase"] == "active" || news).then_some(status))
        })?;
        seen.extend(steps_done(&status));
        if accepts_mail(&net) {
            floods.push(Flood::start(&net, 2, "accueil@corp.test", &format!("phase-{kills}")));
            until_true("an acknowledged letter", || Ok(floods.iter().any(|flood| flood.acknowledged() > 0)))?;
        }
        stage.relais.kill_hard()?;
        kills += 1;
        stage.relais.start()?;
        if status["phase"] == "active" {
            break;
        }
        ensure!(kills < 30, "thirty kills and no end");
    }
    stage.relais.wait_for_phase("active")?;
    let ours = ["mx-standby.corp.test"];
    ensure!(mx(&net, Host::Authority)? == ours && mx(&net, Host::Secondary)? == ours);
    for sight in watch.finish()? {
        ensure!(!sight.hosts.is_empty(), "{:?} gave no MX at all", sight.server);
    }
    let acknowledged: Vec<String> = floods.into_iter().flat_map(Flood::finish).collect();
    let reader = stage.reader("accueil")?;
    until_true("the mailbox to open", || Ok(reader.refused(&net)?.is_none()))?;
    println!("         killed {kills} times, {} letters acknowledged", acknowledged.len());
    all_are_there_once(&reader.look(&net)?, &acknowledged)
}

fn accepts_mail(net: &Arc<tests::lab::Net>) -> bool {
    let attempt = || -> Result<bool> {
        let mut client = tests::clients::smtp::Conversation::open(net, Host::Partner, 25)?;
        client.expect("EHLO mail.partner.test", 250)?;
        client.expect("MAIL FROM:<ami@partner.test>", 250)?;
        Ok(client.say("RCPT TO:<accueil@corp.test>")?.code == 250)
    };
    attempt().unwrap_or(false)
}

/// The names of the steps of the run that are done. (What is in memory only, such as an open mailbox, is done again
/// after each start.)
fn steps_done(status: &Value) -> BTreeSet<String> {
    let steps = status["run"]["steps"].as_array().cloned().unwrap_or_default();
    let is_done = |step: &Value| step["progress"]["state"] == "done" || step["state"] == "done";
    steps.iter().filter(|step| is_done(step)).map(|step| step["step"].to_string()).collect()
}
