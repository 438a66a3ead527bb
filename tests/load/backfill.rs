//! History from an IMAP primary: 5,000 messages of 10 kB, beside mbsync (its FSync on) and beside a bare UID FETCH.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use tests::clients::mbsync::Mbsync;
use tests::lab::World;
use tests::lab::config::Parts;
use tests::lab::dovecot::Planted;
use tests::lab::history::DAY;
use tests::lab::net::Host;
use tests::lab::postgres::Postgres;
use tests::lab::{Net, Relais};
use tests::load::{Figure, median};
use tests::stage::{import, people_csv};

use crate::engine::Engine;
use crate::{RUNS, place};

/// Messages in the mailbox.
pub const MESSAGES: usize = 5_000;

pub fn measure() -> Result<Vec<Figure>> {
    let dir = place()?;
    let world = World::up(dir.path())?;
    fill(&world)?;
    let (mut ours, mut theirs, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..RUNS {
        let place = dir.path().join(format!("run-{run}"));
        std::fs::create_dir_all(&place)?;
        let relais = installed(Parts::alone(&world, &place)?, &world, &place)?;
        ours.push(per_second(|| take_in(&relais))?);
        drop(relais);
        let mbsync = Mbsync::at_primary(&place.join("mbsync"), "accueil@corp.test", "accueilpw")?;
        theirs.push(per_second(|| mbsync.run(&world.net))?);
        ensure!(mbsync.messages()?.len() == MESSAGES, "mbsync copied {}", mbsync.messages()?.len());
        bare.push(per_second(|| bare_fetch(&world.net))?);
    }
    let ours = median(ours);
    let figure = |name, peer, goal| Figure { name, ours, peer: Some(peer), goal, unit: "messages/s", runs: RUNS };
    Ok(vec![figure("backfill", median(theirs), "3x"), figure("backfill_bare_fetch", median(bare), "0.6x")])
}

fn per_second(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begun = Instant::now();
    work()?;
    Ok(MESSAGES as f64 / begun.elapsed().as_secs_f64())
}

/// Lays the mail into Dovecot and lets it build its indexes, so that nobody pays for that.
pub fn fill(world: &World) -> Result<()> {
    let body = "Un texte qui ressemble à du courrier ordinaire, ligne après ligne.\r\n".repeat(140);
    let received_at = SystemTime::now() - DAY;
    let letters: Vec<Vec<u8>> = (0..MESSAGES)
        .map(|number| {
            format!("From: ami@partner.test\r\nSubject: charge {number}\r\nMessage-ID: <{number}@x>\r\n\r\n{body}")
                .into_bytes()
        })
        .collect();
    let planted: Vec<Planted<'_>> = letters
        .iter()
        .enumerate()
        .map(|(number, raw)| Planted {
            login: "accueil",
            folder: "",
            flags: "S",
            received_at: received_at - Duration::from_secs(number as u64),
            raw,
        })
        .collect();
    world.dovecot.plant(&planted)?;
    bare_fetch(&world.net)
}

/// A Relais that knows only `accueil` copies everything; it is still running when this returns, and so is its database.
pub fn copy(engine: Engine, world: &World, place: &Path) -> Result<(Relais, Option<Postgres>)> {
    let (parts, database) = engine.parts(world, place, Parts::alone(world, place)?)?;
    let relais = installed(parts, world, place)?;
    take_in(&relais)?;
    Ok((relais, database))
}

/// A Relais that runs and knows nobody: a service that is already there when it is told of a mailbox.
fn installed(parts: Parts, world: &World, place: &Path) -> Result<Relais> {
    let mut relais = Relais::install(&world.net, place, &parts.with_primary()?.toml())?;
    relais.start()?;
    Ok(relais)
}

/// From hearing of `accueil` to having all mail: the look may begin by itself before it is asked for.
fn take_in(relais: &Relais) -> Result<()> {
    import(relais, &people_csv(1))?;
    relais.order(&["sync", "now"]).map(drop)
}

/// The least a client can do: fetch all and throw it away.
fn bare_fetch(net: &Net) -> Result<()> {
    let address = format!("{}:143", Host::Primary.address()).parse()?;
    let stream = net.on(Host::Standby, move || Ok(TcpStream::connect_timeout(&address, Duration::from_secs(5))?))?;
    let mut lines = BufReader::with_capacity(1 << 16, stream);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    for (tag, command) in [
        ("a", "LOGIN accueil@corp.test accueilpw"),
        ("b", "SELECT INBOX"),
        ("c", "UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])"),
    ] {
        lines.get_mut().write_all(format!("{tag} {command}\r\n").as_bytes())?;
        read_to_tag(&mut lines, tag)?;
    }
    Ok(())
}

fn read_to_tag(lines: &mut BufReader<TcpStream>, tag: &str) -> Result<()> {
    loop {
        let mut line = Vec::new();
        ensure!(lines.read_until(b'\n', &mut line)? > 0, "closed");
        let text = String::from_utf8_lossy(&line);
        let literal = text.trim_end().strip_suffix('}').and_then(|text| text.rsplit('{').next()?.parse::<u64>().ok());
        if let Some(size) = literal {
            std::io::copy(&mut lines.by_ref().take(size), &mut std::io::sink())?;
        }
        if let Some(answer) = text.strip_prefix(&format!("{tag} ")) {
            return answer.starts_with("OK").then_some(()).with_context(|| text.into_owned());
        }
    }
}
