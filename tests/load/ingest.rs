//! Mail accepted, durable, sealed and visible in IMAP: 10 kB, 20 sessions and one, beside Postfix and Dovecot's LMTP.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use tests::clients::smtp::Conversation;
use tests::clients::{PYTHON, script};
use tests::lab::Net;
use tests::lab::net::Host;
use tests::load::{Figure, median};
use tests::stage::Stage;

use crate::engine::Engine;
use crate::{RUNS, place};

const BODY_BYTES: usize = 10_000;

/// One measurement: how many sessions, how many messages each.
#[derive(Clone, Copy)]
struct Load {
    sessions: usize,
    messages: usize,
}

/// A server and the accounts on it.
struct Server {
    host: Host,
    port: u16,
    security: &'static str,
    accounts: Vec<(String, String, String)>,
}

pub fn measure(engine: Engine) -> Result<Vec<Figure>> {
    let dir = place()?;
    let mut database = None;
    let stage = Stage::reception_with(dir.path(), |world, parts| {
        let (parts, server) = engine.parts(world, dir.path(), parts)?;
        database = server;
        Ok(parts)
    })?;
    let logins: Vec<String> = (0..20).map(|number| format!("p{number:03}")).collect();
    let mut ours = Server { host: Host::Standby, port: 993, security: "tls", accounts: vec![] };
    let mut theirs = Server { host: Host::Primary, port: 143, security: "plain", accounts: vec![] };
    for login in &logins {
        let address = format!("{login}@corp.test");
        let password = stage.app_password(&address)?;
        ours.accounts.push((address.clone(), address.clone(), password));
        theirs.accounts.push((address.clone(), address, format!("{login}pw")));
    }
    let many = compare(&stage, &ours, &theirs, Load { sessions: 20, messages: 100 })?;
    let one = compare(&stage, &ours, &theirs, Load { sessions: 1, messages: 200 })?;
    let figure =
        |name, goal, (ours, peer)| Figure { name, ours, peer: Some(peer), goal, unit: "messages/s", runs: RUNS };
    drop(stage);
    drop(database);
    let alone = engine.named("ingest_one_session", "ingest_one_session_postgres");
    Ok(vec![figure(engine.named("ingest", "ingest_postgres"), "8x", many), figure(alone, "2x", one)])
}

fn compare(stage: &Stage, ours: &Server, theirs: &Server, load: Load) -> Result<(f64, f64)> {
    let (mut our_runs, mut their_runs) = (Vec::new(), Vec::new());
    let net = &stage.world.net;
    // What earlier runs left is not counted again.
    let (mut before_ours, mut before_theirs) = (count(net, ours)?, count(net, theirs)?);
    for _ in 0..RUNS {
        our_runs.push(run(net, ours, load, &mut before_ours)?);
        their_runs.push(run(net, theirs, load, &mut before_theirs)?);
    }
    Ok((median(our_runs), median(their_runs)))
}

/// Messages a second, from the first byte sent to the last message visible.
fn run(net: &Arc<Net>, server: &Server, load: Load, before: &mut usize) -> Result<f64> {
    let total = load.sessions * load.messages;
    let goal = *before + total;
    let mut watcher = watcher(net, server, goal)?;
    let mut lines = BufReader::new(watcher.stdout.take().context("no output")?).lines();
    ensure!(lines.next().transpose()?.as_deref() == Some("ready"), "the watcher could not sign in");
    let begun = Instant::now();
    let sessions: Vec<_> = (0..load.sessions)
        .map(|number| {
            let (net, host) = (Arc::clone(net), server.host);
            let to = server.accounts[number % server.accounts.len()].0.clone();
            std::thread::spawn(move || send(&net, host, &to, load.messages))
        })
        .collect();
    for session in sessions {
        session.join().map_err(|_| anyhow::anyhow!("a session panicked"))??;
    }
    ensure!(lines.next().transpose()?.as_deref() == Some("there"), "the watcher ended early");
    let seconds = begun.elapsed().as_secs_f64();
    watcher.wait()?;
    *before = goal;
    Ok(total as f64 / seconds)
}

fn watcher(net: &Net, server: &Server, goal: usize) -> Result<std::process::Child> {
    let mut command = net.command(Host::Staff, PYTHON);
    command.arg(script("count.py")).args([&server.host.address(), &server.port.to_string(), server.security]);
    let mut child = command.arg(goal.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let accounts: String = server.accounts.iter().map(|(_, user, password)| format!("{user} {password}\n")).collect();
    child.stdin.take().context("no input")?.write_all(accounts.as_bytes())?;
    Ok(child)
}

/// How many messages lie in the INBOXes already.
fn count(net: &Net, server: &Server) -> Result<usize> {
    let mut total = 0;
    for (_, user, password) in &server.accounts {
        let url = match server.security {
            "tls" => format!("imaps://{}/", server.host.address()),
            _ => format!("imap://{}/", server.host.address()),
        };
        let mut command = net.command(Host::Staff, "curl");
        command.args(["-sk", &url, "-u", &format!("{user}:{password}"), "-X", "STATUS INBOX (MESSAGES)"]);
        let said = tests::lab::run::succeed(&mut command)?;
        let number =
            said.split("MESSAGES ").nth(1).and_then(|rest| rest.split(')').next()?.trim().parse::<usize>().ok());
        total += number.with_context(|| format!("no STATUS: {said}"))?;
    }
    Ok(total)
}

fn send(net: &Net, host: Host, to: &str, messages: usize) -> Result<()> {
    let mut client = Conversation::connect(net, Host::Partner, host, 25)?;
    ensure!(client.answer()?.code == 220);
    client.expect("EHLO mail.partner.test", 250)?;
    let body = "Un texte qui ressemble à du courrier ordinaire, ligne après ligne.\r\n".repeat(BODY_BYTES / 70);
    for number in 0..messages {
        client.send(format!("MAIL FROM:<ami@partner.test>\r\nRCPT TO:<{to}>\r\nDATA\r\n").as_bytes())?;
        for code in [250, 250, 354] {
            let answer = client.answer()?;
            ensure!(answer.code == code, "{answer:?}");
        }
        client.send(format!("Subject: charge {number}\r\nFrom: ami@partner.test\r\n\r\n{body}.\r\n").as_bytes())?;
        let answer = client.answer()?;
        ensure!(answer.code == 250, "{answer:?}");
    }
    client.expect("QUIT", 221).map(drop)
}
