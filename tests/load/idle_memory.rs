//! Memory with 100,000 mailboxes that have all written today.

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
    let mut stage = Stage::reception_for(dir.path(), &people_csv(MAILBOXES), MAILBOXES)?;
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
    let pid = stage.relais.daemon()?.pid();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kilobytes: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok())
        .context("no VmRSS")?;
    Ok(vec![Figure { name: "idle_memory", ours: kilobytes / 1_024.0, peer: None, goal: "150", unit: "MB", runs: 1 }])
}

fn login(number: usize) -> String {
    tests::stage::login_of(number)
}
