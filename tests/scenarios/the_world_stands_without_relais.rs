//! The lab itself: a partner's mail reaches the primary, names resolve, updates transfer, the directory answers.
//! When this fails, no other scenario means anything.

use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};
use tests::clients::dns::mx;
use tests::clients::imap::{Reader, Subjects as _};
use tests::clients::mbsync::Mbsync;
use tests::clients::submission::{Letter, partner_sends};
use tests::lab::World;
use tests::lab::dovecot::Planted;
use tests::lab::net::Host;
use tests::wait::until_true;

pub fn play(dir: &Path) -> Result<()> {
    let world = World::up(dir)?;
    let net = &world.net;
    let letter = Letter { from: "ami@partner.test", to: "contact@corp.test", subject: "bonjour", body: "salut" };
    partner_sends(net, &letter)?;
    let accueil = Reader::at_primary("accueil");
    until_true("the letter in Dovecot", || Ok(accueil.look(net)?.places("bonjour") == ["INBOX"]))?;
    planted_mail_is_as_planted(&world)?;
    world.authority.edit(net, "corp.test", &["corp.test.", "5", "MX", "20", "mx-standby"])?;
    until_true("the second authority to follow", || Ok(mx(net, Host::Secondary)?.len() == 2))?;
    ensure!(world.slapd.count(net, "(objectClass=inetOrgPerson)")? == 220);
    let mbsync = Mbsync::at_primary(&dir.join("mbsync"), "accueil@corp.test", "accueilpw")?;
    mbsync.run(net)?;
    ensure!(mbsync.messages()?.iter().any(|(folder, raw)| folder == "INBOX" && raw.contains("Subject: bonjour")));
    Ok(())
}

fn planted_mail_is_as_planted(world: &World) -> Result<()> {
    let received_at = SystemTime::now() - Duration::from_secs(86_400 * 3);
    let raw = b"From: a@partner.test\r\nSubject: =?utf-8?q?d=C3=A9j=C3=A0_vu?=\r\nMessage-ID: <1@x>\r\n\r\nsalut\r\n";
    world.dovecot.plant(&[Planted { login: "p001", folder: ".&AMk-lus", flags: "FS", received_at, raw }])?;
    let seen = Reader::at_primary("p001").look(&world.net)?;
    ensure!(seen.places("déjà vu") == ["Élus"], "{seen:?}");
    let messages = seen.get("Élus").map(|folder| folder.messages.as_slice()).unwrap_or_default();
    ensure!(messages.iter().all(|one| one.flags == ["\\Flagged", "\\Seen"]), "{messages:?}");
    Ok(())
}
