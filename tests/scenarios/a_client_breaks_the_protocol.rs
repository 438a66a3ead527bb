//! Clients that break the protocol get the reply the RFC says, with an enhanced code, and nothing else does harm.

use std::path::Path;

use anyhow::{Result, ensure};
use tests::clients::imap::{Reader, Subjects as _};
use tests::clients::smtp::Conversation;
use tests::clients::submission::{Letter, swaks};
use tests::lab::Net;
use tests::lab::net::Host;
use tests::stage::Stage;

const TO: &str = "accueil@corp.test";
const FROM: &str = "ami@partner.test";
const SIZE_MAX: usize = 1_000_000;

pub fn play(dir: &Path) -> Result<()> {
    let stage = Stage::reception(dir, |parts| parts.with_smtp(&format!("size_max_bytes = {SIZE_MAX}")))?;
    let net = &stage.world.net;
    command_lines(net)?;
    println!("         command lines are answered as they deserve");
    recipients(net)?;
    println!("         ten thousand recipients are not taken");
    sizes(net)?;
    println!("         one byte over SIZE is refused");
    line_ends(net)?;
    println!("         bare line feeds smuggle nothing");
    dribblers_hold_up_nobody(net)?;
    println!("         slow clients hold up nobody");
    let reader = stage.reader("accueil")?;
    nothing_else_was_stored(net, &reader)
}

fn open(net: &Net) -> Result<Conversation> {
    let mut conversation = Conversation::open(net, Host::Partner, 25)?;
    conversation.expect("EHLO mail.partner.test", 250)?;
    Ok(conversation)
}

fn command_lines(net: &Net) -> Result<()> {
    let mut client = open(net)?;
    // RFC 5321 §4.5.3.1.4: 512 octets, more where an extension says so; nobody needs 8,000.
    let long = format!("NOOP {}", "x".repeat(8_000));
    for (line, codes) in [
        (long.as_str(), &[500_u16, 501][..]),
        ("FROBNICATE", &[500]),
        ("MAIL FROM:<\0@partner.test>", &[500, 501, 553]),
        ("MAIL FROM:<ami@partner.test> FROB=1", &[555]),
        ("MAIL FROM:ami", &[501]),
        ("RCPT TO:<accueil@corp.test>", &[503]),
        ("DATA", &[503]),
        ("MAIL FROM:<ami@partner.test>", &[250]),
        ("MAIL FROM:<ami@partner.test>", &[503]),
        ("RCPT TO:<nobody-of-that-name@corp.test>", &[550, 450]),
        ("RCPT TO:<someone@elsewhere.test>", &[550, 551, 554]),
        ("DATA", &[503, 554]),
        ("AUTH PLAIN AGEAYgBj", &[502, 503, 504, 530, 538]),
        ("RSET", &[250]),
        ("NOOP", &[250]),
    ] {
        let answer = client.say(line)?;
        let shown: String = line.chars().take(40).collect();
        ensure!(codes.contains(&answer.code), "{shown:?} got {answer:?}");
        ensure!(answer.is_enhanced(), "{shown:?} got no enhanced code: {answer:?}");
    }
    client.expect("QUIT", 221)?;
    ensure!(client.is_closed()?, "still open after QUIT");
    Ok(())
}

fn recipients(net: &Net) -> Result<()> {
    let mut client = open(net)?;
    client.expect(&format!("MAIL FROM:<{FROM}>"), 250)?;
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..100 {
        let lines = format!("RCPT TO:<{TO}>\r\n").repeat(100);
        client.send(lines.as_bytes())?;
        for _ in 0..100 {
            let answer = client.answer()?;
            match answer.code {
                250 => taken += 1,
                // RFC 5321 §4.5.3.1.10
                452 if answer.is_enhanced() => refused += 1,
                _ => anyhow::bail!("a recipient too many got {answer:?}"),
            }
        }
    }
    // RFC 5321 §4.5.3.1.8: at least 100 have to be taken.
    ensure!(taken >= 100 && refused > 0, "{taken} recipients taken, {refused} refused");
    client.expect("RSET", 250).map(drop)
}

fn sizes(net: &Net) -> Result<()> {
    let mut client = open(net)?;
    let declared = client.say(&format!("MAIL FROM:<{FROM}> SIZE={}", SIZE_MAX + 1))?;
    ensure!(declared.code == 552 && declared.is_enhanced(), "declared one over: {declared:?}");
    for (size, code) in [(SIZE_MAX, 250), (SIZE_MAX + 1, 552)] {
        client.expect(&format!("MAIL FROM:<{FROM}>"), 250)?;
        client.expect(&format!("RCPT TO:<{TO}>"), 250)?;
        client.expect("DATA", 354)?;
        client.send(&letter_of(size))?;
        let answer = client.say(".")?;
        ensure!(answer.code == code && answer.is_enhanced(), "{size} octets got {answer:?}");
    }
    Ok(())
}

/// A message of exactly so many octets, with the subject `size`.
fn letter_of(size: usize) -> Vec<u8> {
    let mut raw = b"Subject: size\r\n\r\n".to_vec();
    while raw.len() + 1_002 < size {
        raw.extend_from_slice(&[b'x'; 998]);
        raw.extend_from_slice(b"\r\n");
    }
    let rest = size - raw.len() - 2;
    raw.extend(std::iter::repeat_n(b'y', rest));
    raw.extend_from_slice(b"\r\n");
    raw
}

/// On reception a bare LF is a line end inside the body and never the end of it (SMTP smuggling).
fn line_ends(net: &Net) -> Result<()> {
    for (subject, end) in [("smuggle-lf", "\n.\n"), ("smuggle-crlf-lf", "\r\n.\n"), ("smuggle-lf-crlf", "\n.\r\n")] {
        let mut client = Conversation::open(net, Host::Partner, 25)?;
        client.start_data(FROM, TO)?;
        let inner = format!("MAIL FROM:<{FROM}>\r\nRCPT TO:<{TO}>\r\nDATA\r\nSubject: smuggled\r\n\r\nboo\r\n");
        client.send(format!("Subject: {subject}\r\n\r\nhello{end}{inner}").as_bytes())?;
        let answer = client.say("\r\n.")?;
        ensure!(matches!(answer.code, 250 | 550 | 554), "{subject}: {answer:?}");
        client.expect("NOOP", 250)?;
    }
    Ok(())
}

/// Clients that say half a line and go quiet, in commands and in DATA, while others are served.
fn dribblers_hold_up_nobody(net: &Net) -> Result<()> {
    let mut quiet = Vec::new();
    for number in 0..40 {
        let mut client = Conversation::open(net, Host::Staff, 25)?;
        if number % 2 == 0 {
            client.start_data(FROM, TO)?;
            client.send(b"Subject: drib")?;
        } else {
            client.send(b"EHL")?;
        }
        quiet.push(client);
    }
    for round in 0..5 {
        quiet.iter_mut().try_for_each(|client| client.send(b"b"))?;
        let subject = format!("served-{round}");
        let letter = Letter { from: FROM, to: TO, subject: &subject, body: "x" };
        let said = swaks(net, Host::Partner, Host::Standby, &letter, &["--timeout", "5"])?;
        ensure!(said.code == 0, "not served beside slow clients: {}", said.all());
    }
    // Each is now cut off in the middle.
    drop(quiet);
    Ok(())
}

fn nothing_else_was_stored(net: &Net, reader: &Reader) -> Result<()> {
    let seen = reader.look(net)?;
    for round in 0..5 {
        ensure!(seen.places(&format!("served-{round}")) == ["INBOX"], "a served letter is missing");
    }
    ensure!(seen.places("size") == ["INBOX"], "SIZE: {:?}", seen.places("size"));
    ensure!(seen.places("smuggled").is_empty(), "a letter was smuggled in");
    let dribbled = seen.values().flat_map(|folder| &folder.messages).any(|one| one.subject.starts_with("drib"));
    ensure!(!dribbled, "a message that never ended was stored");
    Ok(())
}
