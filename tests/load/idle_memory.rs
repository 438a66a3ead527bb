//! Memory with 100,000 mailboxes that have all written today; and on the way there, how long it takes to take so many
//! people in, to open and lay out all their mailboxes, and how fast mail for a hundred of them at a time is accepted.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use tests::clients::smtp::Conversation;
use tests::lab::net::Host;
use tests::load::Figure;
use tests::stage::{Stage, people_csv};

use crate::place;

const MAILBOXES: usize = 100_000;
const RECIPIENTS: usize = 100;

pub fn measure() -> Result<Vec<Figure>> {
    let dir = place()?;
    let begun = Instant::now();
    let mut stage = Stage::waiting_for(dir.path(), &people_csv(MAILBOXES), MAILBOXES)?;
    let import_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    stage.take_over()?;
    let take_over_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let mut client = Conversation::open(&stage.world.net, Host::Partner, 25)?;
    client.expect("EHLO mail.partner.test", 250)?;
    for batch in 0..MAILBOXES / RECIPIENTS {
        client.expect("MAIL FROM:<ami@partner.test>", 250)?;
        let recipients = (0..RECIPIENTS).map(|number| batch * RECIPIENTS + number);
        let lines: String = recipients.map(|number| format!("RCPT TO:<{}@corp.test>\r\n", login(number))).collect();
        client.send(lines.as_bytes())?;
        for _ in 0..RECIPIENTS {
            let answer = client.answer()?;
            ensure!(answer.code == 250, "{answer:?}");
        }
        client.expect("DATA", 354)?;
        client.send(b"Subject: tous\r\n\r\nbonjour\r\n")?;
        client.expect(".", 250)?;
    }
    let per_second = MAILBOXES as f64 / begun.elapsed().as_secs_f64();
    let figure = |name, ours, goal, unit| Figure { name, ours, peer: None, goal, unit, runs: 1 };
    Ok(vec![
        figure("import_100k", import_s, "none", "s"),
        figure("take_over_100k", take_over_s, "none", "s"),
        figure("accept_100_recipients", per_second, "none", "deliveries/s"),
        figure("idle_memory", memory_mb(&mut stage)?, "150", "MB"),
    ])
}

/// What is resident of the server (VmRSS), as the system sees it.
fn memory_mb(stage: &mut Stage) -> Result<f64> {
    let pid = stage.relais.daemon()?.pid();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kilobytes: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok())
        .context("no VmRSS")?;
    Ok(kilobytes / 1_024.0)
}

fn login(number: usize) -> String {
    tests::stage::login_of(number)
}
