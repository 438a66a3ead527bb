//! Outbound trouble: a partner that is cut off for a while gets its mail later, once; a domain that does not exist
//! comes back to the writer as a delivery report (RFC 3464); the operator sees what waits.

use std::path::Path;

use anyhow::{Result, ensure};
use tests::clients::imap::{Reader, Subjects as _};
use tests::clients::submission::Msmtp;
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::{until, until_true};

pub fn play(dir: &Path) -> Result<()> {
    let stage = Stage::reception(dir, |parts| parts)?;
    let net = &stage.world.net;
    let password = stage.app_password("accueil@corp.test")?;
    let ca = stage.world.pki.ca();
    let msmtp = Msmtp { dir: &dir.join("msmtp"), ca: &ca, user: "accueil@corp.test", password: &password };
    net.unplug(Host::Partner)?;
    msmtp.send(net, "ami@partner.test", &letter("patience", "ami@partner.test"))?;
    until_true("the queue to name the recipient", || {
        Ok(stage.relais.command(&["queue", "list"])?.out.contains("ami@partner.test"))
    })?;
    net.replug(Host::Partner)?;
    stage.relais.order(&["queue", "retry"])?;
    until_true("the partner to have it", || Ok(received(&stage, "patience") == 1))?;
    msmtp.send(net, "x@nirgends.partner.test", &letter("perdu", "x@nirgends.partner.test"))?;
    let reader = Reader::at_standby("accueil@corp.test", &password);
    let report = until("a delivery report", || {
        let seen = reader.look(net)?;
        let inbox = seen.get("INBOX").map(|folder| folder.messages.clone()).unwrap_or_default();
        Ok(inbox.into_iter().next())
    })?;
    let raw = reader.act(net, &["raw", "INBOX", &report.uid.to_string()], b"")?;
    for word in ["multipart/report", "message/delivery-status", "Final-Recipient: rfc822; x@nirgends.partner.test", "Action: failed"] {
        ensure!(raw.to_lowercase().contains(&word.to_lowercase()), "no {word:?} in the report:\n{raw}");
    }
    ensure!(raw.contains("Return-Path: <>"), "the report could bounce:\n{raw}");
    ensure!(reader.look(net)?.places("patience") == ["Sent"], "the sent letter is not in Sent");
    ensure!(received(&stage, "patience") == 1, "the partner has it twice");
    Ok(())
}

fn letter(subject: &str, to: &str) -> String {
    format!("From: accueil@corp.test\nTo: {to}\nSubject: {subject}\nMessage-ID: <{subject}@corp.test>\n\nBonjour.\n")
}

fn received(stage: &Stage, subject: &str) -> usize {
    let line = format!("Subject: {subject}");
    stage.world.partner_mail().iter().filter(|raw| raw.contains(&line)).count()
}
