//! The primary's IMAP and LDAP servers are down, silent, slow, noisy or endless: Relais names which it is for each, keeps
//! trying at a slackening pace, keeps its memory, answers its operator, loses nothing and reads nothing as deleted.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tests::clients::imap::Subjects as _;
use tests::clients::{PYTHON, script};
use tests::lab::net::Host;
use tests::lab::{Daemon, daemon};
use tests::stage::Stage;
use tests::wait::{until_true, within};

const MEMORY_MAX_KB: u64 = 400_000;
/// A primary that is well is looked at every second here.
const PAUSE_S: f64 = 7.5;
/// How each kind of misbehaviour is named.
const KINDS: [(&str, &[&str]); 4] = [
    ("silent", &["slow"]),
    ("garbage", &["rubbish", "down"]),
    ("dribble", &["slow"]),
    ("endless", &["rubbish", "down"]),
];

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::standby(dir)?;
    let net = stage.world.net.clone();
    stage.world.dovecot.daemon.stop()?;
    stage.world.slapd.daemon.stop()?;
    trouble_is_named(&stage, "down", &["down"])?;
    for (kind, names) in KINDS {
        let servers = rubbish(&stage, dir, kind)?;
        trouble_is_named(&stage, kind, names)?;
        memory_is_kept(&mut stage)?;
        if kind == "garbage" {
            servers.iter().try_for_each(it_is_left_alone)?;
        }
        drop(servers);
    }
    stage.world.dovecot.restart(&net)?;
    stage.world.slapd.restart(&net)?;
    within(Duration::from_secs(90), "sync to go on", || {
        Ok((stage.relais.command(&["sync", "now"])?.code == 0).then_some(()))
    })?;
    stage.show_key()?;
    let _progress = stage.take_over()?;
    let seen = stage.reader("accueil")?.look(&net)?;
    for one in &stage.expected {
        let folder = seen.get(one.folder).with_context(|| format!("{} is gone", one.folder))?;
        ensure!(
            folder.messages.iter().any(|message| message.message_id == one.message_id),
            "{} is gone",
            one.message_id
        );
    }
    ensure!(stage.reader("maire")?.look(&net)?.places("bienvenue") == ["INBOX"]);
    Ok(())
}

fn rubbish(stage: &Stage, dir: &Path, kind: &str) -> Result<Vec<Daemon>> {
    [(Host::Primary, 143_u16), (Host::Directory, 389)]
        .into_iter()
        .map(|(host, port)| {
            let mut command = stage.world.net.command(host, PYTHON);
            command.arg(script("rubbish.py")).args([&host.address(), &port.to_string(), kind]);
            let mut server = Daemon::start(&mut command, dir, &format!("rubbish-{kind}-{port}"))?;
            server.wait_for_port(&stage.world.net, host, port)?;
            Ok(server)
        })
        .collect()
}

/// Who answers rubbish is looked at ever less: counted there, not asked.
fn it_is_left_alone(server: &Daemon) -> Result<()> {
    within(Duration::from_secs(150), "a pause between calls", || {
        let said = server.said();
        let calls: Vec<f64> = said.lines().filter_map(|line| line.strip_prefix("called ")?.parse().ok()).collect();
        let longest = calls.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        ensure!(longest > PAUSE_S, "the longest of {} pauses is {longest} s", calls.len());
        Ok(Some(()))
    })
}

/// `relais sync status` names the trouble of both servers, and what to do about it.
fn trouble_is_named(stage: &Stage, kind: &str, names: &[&str]) -> Result<()> {
    within(Duration::from_secs(150), &format!("a word about a primary that is {kind}"), || {
        let status = stage.relais.json(&["sync", "status"])?;
        let findings = status["findings"].as_array().cloned().unwrap_or_default();
        let is_named = |part: &str| {
            let fits = |name: &str| names.iter().any(|kind| name == format!("{part}_{kind}"));
            let says = |finding: &serde_json::Value| !finding["remedy"].as_str().unwrap_or_default().is_empty();
            findings.iter().any(|finding| finding["name"].as_str().is_some_and(fits) && says(finding))
        };
        ensure!(
            is_named("directory") && is_named("history"),
            "only {:?}",
            findings.iter().map(|one| &one["name"]).collect::<Vec<_>>()
        );
        Ok(Some(()))
    })
}

fn memory_is_kept(stage: &mut Stage) -> Result<()> {
    let pid = stage.relais.daemon()?.pid();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let resident =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok());
    let resident = resident.with_context(|| format!("relais is gone: {}", daemon::tail(&stage.relais.said())))?;
    ensure!(resident < MEMORY_MAX_KB, "relais has grown to {resident} kB");
    until_true("an answer to `relais status`", || Ok(stage.relais.status().is_ok()))
}
