//! Words found in 50,000 messages over IMAP: with the index open, and right after a restart and the unsealing; beside
//! Dovecot without an index in the same mail; and what the index costs in bytes.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use tests::clients::{PYTHON, script};
use tests::lab::dovecot::Planted;
use tests::lab::net::Host;
use tests::lab::run::{feed, succeed};
use tests::lab::{Net, Relais, World};
use tests::load::{Figure, median};
use tests::stage::invite;
use tests::wait::{until, within};

use crate::backfill::copy;
use crate::engine::Engine;
use crate::{RUNS, corpus, place};

/// Messages in the mailbox.
const MESSAGES: usize = 50_000;
/// Searches of a warm run.
const QUESTIONS: usize = 100;
/// Searches that the peer is asked: each takes it seconds.
const PEER_QUESTIONS: usize = 5;

/// Somebody's INBOX.
struct Inbox {
    net: Arc<Net>,
    host: Host,
    port: u16,
    security: &'static str,
    password: String,
}

pub fn measure(engine: Engine) -> Result<Vec<Figure>> {
    let dir = place()?;
    let mail = letters(&corpus::mail(dir.path())?);
    let mail_bytes: usize = mail.iter().map(Vec::len).sum();
    let questions = questions(&mail);
    let world = World::up(dir.path())?;
    plant(&world, &mail)?;
    drop(mail);
    let (mut relais, _database) = copy(engine, &world, dir.path())?;
    relais.order(&["failover", "start", "--clean-point", "everything", "--reason", "load"])?;
    relais.wait_for_phase("active")?;
    let net = Arc::clone(&world.net);
    let password = invite(&relais, "accueil@corp.test")?;
    let ours = Inbox { net: Arc::clone(&net), host: Host::Standby, port: 993, security: "tls", password };
    let password = "accueilpw".to_owned();
    let theirs = Inbox { net, host: Host::Primary, port: 143, security: "plain", password };
    // The first searches of both pay for what is done once.
    settle(&ours)?;
    theirs.ask(&questions[..1])?;
    let (mut warm, mut cold, mut peer) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..RUNS {
        relais.daemon()?.stop()?;
        relais.start()?;
        until("the mailbox to be open", || Ok(ours.ask(&["UID 1".to_owned()]).is_ok().then_some(())))?;
        // Each run begins with another question, so that no cache of the system's helps.
        let mut asked = questions.clone();
        asked.rotate_left(run * 31);
        cold.push(ours.ask(&asked[..1])?[0]);
        warm.push(p95(ours.ask(&asked)?));
        peer.push(p95(theirs.ask(&asked[..PEER_QUESTIONS])?));
    }
    let peer = Some(median(peer));
    let figure = |name, ours, goal| Figure { name, ours, peer, goal, unit: "ms", runs: RUNS };
    let mut figures = vec![
        figure(engine.named("search", "search_postgres"), median(warm), "15"),
        figure(engine.named("search_cold", "search_cold_postgres"), median(cold), "250"),
    ];
    if engine == Engine::Embedded {
        let ours = index_bytes(&relais)? / mail_bytes as f64;
        figures.push(Figure { name: "search_index", ours, peer: None, goal: "none", unit: "bytes/byte", runs: 1 });
    }
    Ok(figures)
}

/// What the index takes on the disk.
fn index_bytes(relais: &Relais) -> Result<f64> {
    let mut files = std::fs::read_dir(relais.data())?.filter_map(|entry| Some(entry.ok()?.path()));
    let is_region = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("region-"))
            && path.extension().is_some_and(|end| end == "db")
    };
    let database = files.find(is_region).context("no region's database")?;
    let index = succeed(std::process::Command::new(PYTHON).arg(script("search.py")).arg("index").arg(&database))?;
    Ok(index.trim().parse()?)
}

/// Asks until the answer comes fast: all of the history is indexed then.
fn settle(inbox: &Inbox) -> Result<()> {
    let is_fast = || Ok((inbox.ask(&["BODY settled".to_owned()])?[0] < 1_000.0).then_some(()));
    within(Duration::from_secs(300), "the history to be indexed", is_fast)
}

impl Inbox {
    /// Milliseconds of each search.
    fn ask(&self, questions: &[String]) -> Result<Vec<f64>> {
        let mut command = self.net.command(Host::Staff, PYTHON);
        command.arg(script("search.py")).args(["ask", &self.host.address(), &self.port.to_string(), self.security]);
        command.args(["accueil@corp.test", &self.password]).stderr(Stdio::null());
        let said = feed(&mut command, questions.join("\n").as_bytes())?;
        let milliseconds = |line: &str| line.split(' ').next().and_then(|number| number.parse().ok());
        let all: Vec<f64> = said.lines().filter_map(milliseconds).collect();
        ensure!(all.len() == questions.len(), "{} of {} answers", all.len(), questions.len());
        Ok(all)
    }
}

fn p95(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() * 95 / 100).or(all.last()).copied().unwrap_or(f64::NAN)
}

fn plant(world: &World, mail: &[Vec<u8>]) -> Result<()> {
    let received_at = SystemTime::now() - Duration::from_secs(20 * 86_400);
    let planted = mail.iter().enumerate().map(|(number, raw)| Planted {
        login: "accueil",
        folder: "",
        flags: "S",
        received_at: received_at + Duration::from_secs(number as u64 * 30),
        raw,
    });
    world.dovecot.plant(&planted.collect::<Vec<_>>())
}

/// As many letters as are asked for: the package's, and variations of them with words of their own.
fn letters(originals: &[Vec<u8>]) -> Vec<Vec<u8>> {
    (0..MESSAGES).map(|number| varied(&originals[number % originals.len()], number / originals.len())).collect()
}

/// One word in sixteen becomes another one, so that words grow with letters as they do in life.
fn varied(original: &[u8], round: usize) -> Vec<u8> {
    let body = original.windows(2).position(|pair| pair == b"\n\n").unwrap_or(0);
    let mut letter = original[..body].to_vec();
    let mut word = Vec::new();
    for octet in original[body..].iter().chain(b"\n") {
        if octet.is_ascii_lowercase() {
            word.push(*octet);
            continue;
        }
        let sum = word.iter().fold(round * 7_919, |sum, octet| sum.wrapping_mul(31).wrapping_add(usize::from(*octet)));
        if round > 0 && word.len() > 3 && sum % 16 == 0 {
            word.iter_mut().for_each(|octet| *octet = b'a' + ((usize::from(*octet) + round * 3 + sum % 5) % 26) as u8);
        }
        letter.append(&mut word);
        letter.push(*octet);
    }
    letter
}

/// What people ask: words of bodies, now and then of a subject or a sender; none is asked twice.
fn questions(mail: &[Vec<u8>]) -> Vec<String> {
    let mut known = std::collections::HashSet::new();
    let mut questions = Vec::new();
    for number in 0..MESSAGES {
        let letter = String::from_utf8_lossy(&mail[number * 7_919 % MESSAGES]).into_owned();
        let body = letter.split_once("\n\n").map_or("", |(_, body)| body);
        let words = body.split_whitespace().skip(number % 40);
        let mut words =
            words.filter(|word| (4..12).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()));
        let Some(word) = words.next().filter(|word| known.insert((*word).to_owned())) else { continue };
        questions.push(match questions.len() % 10 {
            0 => format!("SUBJECT {word}"),
            1 => format!("FROM {word}"),
            2..6 => format!("BODY {word}"),
            _ => format!("TEXT {word}"),
        });
        if questions.len() == QUESTIONS {
            break;
        }
    }
    questions
}
