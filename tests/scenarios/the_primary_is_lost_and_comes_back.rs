//! The thread, from the first copy to the last reconciliation; each step is checked from outside.
//!
//! ```text
//!   standby ---- compromise ---- failover ---- active ------------------------ failback ---- standby
//!   1 film        3 deleted,      4 MX          5 partner's mail, past restored  9 everything is
//!   2 mail          forged,                     6 staff answer                     back, once
//!                   alias stolen
//! ```

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use tests::clients::dkim;
use tests::clients::dns::{MxWatch, mx};
use tests::clients::imap::{Laid, Reader, SeenMailbox, Subjects as _};
use tests::clients::mbsync::Mbsync;
use tests::clients::submission::{Letter, Msmtp, partner_sends};
use tests::clients::{PYTHON, script};
use tests::lab::history::{self, DAY, TOO_OLD_WORD};
use tests::lab::net::Host;
use tests::lab::run::succeed;
use tests::lab::slapd::person_dn;
use tests::stage::Stage;
use tests::wait::{until, until_true};

use super::provision;

/// "Within seconds", on a busy machine.
const SECONDS: Duration = Duration::from_secs(15);

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::standby(dir)?;
    provision::everybody_has_keys(&stage)?;
    provision::the_primary_lives_on(&mut stage)?;
    println!("         1 the standby follows the primary");
    a_letter_reaches_the_primary_and_the_film(&stage)?;
    println!("         2 a partner's letter is on film");
    let clean_point = the_primary_is_compromised(&stage)?;
    println!("         3 the primary is compromised");
    the_mx_moves_and_is_never_empty(&stage, &clean_point)?;
    println!("         4 the MX names Relais at every authority");
    mail_is_accepted_while_everything_is_sealed(&stage)?;
    stage.show_key()?;
    stage.relais.wait_for_phase("active")?;
    let password = stage.app_password("accueil@corp.test")?;
    the_past_is_as_it_was(&stage, &password)?;
    println!("         5 mail arrives, the past is as it was");
    staff_answer_under_their_own_address(&stage, &password)?;
    println!("         6 the partner has a signed answer");
    super::failback::everything_is_back_once(&mut stage, &password)?;
    println!("         9 everything is back, once");
    Ok(())
}

fn a_letter_reaches_the_primary_and_the_film(stage: &Stage) -> Result<()> {
    let net = &stage.world.net;
    let letter = letter("accueil@corp.test", "avant");
    partner_sends(net, &letter)?;
    let dovecot = Reader::at_primary("accueil");
    until_true("the letter in Dovecot", || Ok(dovecot.look(net)?.places("avant") == ["INBOX"]))?;
    let begun = Instant::now();
    until_true("the letter on film", || is_on_film(stage, "Subject: avant"))?;
    ensure!(begun.elapsed() < SECONDS, "on film only after {:?}", begun.elapsed());
    Ok(())
}

/// Read with the key, which Relais does not have, by a program that is not Relais.
fn is_on_film(stage: &Stage, line: &str) -> Result<bool> {
    let mut decrypt = std::process::Command::new(PYTHON);
    decrypt.arg(script("decrypt.py")).arg(stage.relais.data()).arg(stage.hidden_key()).arg("accueil@corp.test");
    Ok(succeed(&mut decrypt)?.lines().any(|read| read == line))
}

/// Answers the clean point: the moment before any of it.
fn the_primary_is_compromised(stage: &Stage) -> Result<String> {
    let (net, dovecot) = (&stage.world.net, &stage.world.dovecot);
    // First sight is dated in milliseconds, the clean point in seconds: the letter was seen in a second before it, and the
    // attack comes in one after it.
    a_second_passes()?;
    let clean_point = history::rfc3339(SystemTime::now());
    a_second_passes()?;
    dovecot.doveadm(net, &["expunge", "-u", "accueil@corp.test", "mailbox", "INBOX", "all"])?;
    dovecot.doveadm(net, &["mailbox", "delete", "-u", "accueil@corp.test", "-s", "Marches"])?;
    let forged_at = SystemTime::now() - DAY * 4;
    let forged = history::message("maire@corp.test", "accueil@corp.test", "virement", "forgerie", forged_at);
    Reader::at_primary("accueil")
        .append(net, &Laid { folder: "INBOX", flags: "", received_at: forged_at, raw: &forged.raw })?;
    stage.world.slapd.modify(net, &stolen_alias())?;
    stage.wait_until_followed()?;
    Ok(clean_point)
}

fn a_second_passes() -> Result<()> {
    let now = history::seconds(SystemTime::now());
    until_true("the next second", || Ok(history::seconds(SystemTime::now()) > now))
}

/// `contact@corp.test` is taken from `accueil` and given to `p001`.
fn stolen_alias() -> String {
    format!(
        "dn: {}\nchangetype: modify\ndelete: proxyAddresses\nproxyAddresses: smtp:contact@corp.test\n\n\
         dn: {}\nchangetype: modify\nadd: proxyAddresses\nproxyAddresses: smtp:contact@corp.test\n",
        person_dn("accueil"),
        person_dn("p001")
    )
}

fn the_mx_moves_and_is_never_empty(stage: &Stage, clean_point: &str) -> Result<()> {
    let net = &stage.world.net;
    let watch = MxWatch::start(net);
    let said = stage.relais.order(&["failover", "start", "--detach", "--clean-point", clean_point])?;
    ensure!(!said.trim().is_empty(), "a failover starts without a word");
    let ours = ["mx-standby.corp.test"];
    for server in [Host::Authority, Host::Secondary] {
        until_true("the MX at every authority", || Ok(mx(net, server)? == ours))?;
    }
    let sights = watch.finish()?;
    ensure!(sights.len() > 4, "the MX was hardly watched");
    for sight in &sights {
        let known = sight.hosts == ours || sight.hosts == ["mx-primary.corp.test"];
        ensure!(known, "{:?} gave {:?}", sight.server, sight.hosts);
    }
    the_switch_is_told(stage)
}

/// A sentence, and each step with how far it is: for programs and for people.
fn the_switch_is_told(stage: &Stage) -> Result<()> {
    let status = stage.relais.status()?;
    let says = status["says"].as_str().unwrap_or_default();
    ensure!(says.len() > 10, "status says {says:?}");
    let steps = status["run"]["steps"].as_array().context("no steps")?;
    ensure!(steps.iter().any(|step| step["progress"]["state"] == "done"), "no step is done: {steps:?}");
    let shown = stage.relais.order(&["status"])?;
    ensure!(shown.contains("[x]") && shown.lines().count() > steps.len(), "`relais status` shows {shown}");
    Ok(())
}

/// To a person, an alias that was stolen since, a group, an alias that is new, a group with an external contact.
const LETTERS: [(&str, &str); 5] = [
    ("accueil@corp.test", "apres"),
    ("contact@corp.test", "alias"),
    ("direction@corp.test", "liste"),
    (provision::NEW_ALIAS, "neuf"),
    ("marches@corp.test", "marche"),
];

fn mail_is_accepted_while_everything_is_sealed(stage: &Stage) -> Result<()> {
    let net = &stage.world.net;
    for (to, subject) in LETTERS {
        partner_sends(net, &letter(to, subject))?;
    }
    until_true("the partner's queue to be empty", || Ok(stage.world.partner.queue(net)?.trim().is_empty()))?;
    let log = std::fs::read_to_string(stage.world.partner.daemon.log())?;
    let sent: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("relay=mx-standby.corp.test") && line.contains("status=sent"))
        .collect();
    ensure!(sent.len() == LETTERS.len(), "the partner's log has {sent:?}");
    let tls = log.lines().any(|line| line.contains("TLS connection established to mx-standby.corp.test"));
    ensure!(tls, "the partner spoke in the clear");
    provision::everybody_is_written_to(stage)
}

fn the_past_is_as_it_was(stage: &Stage, password: &str) -> Result<()> {
    let net = &stage.world.net;
    let reader = Reader::at_standby("accueil@corp.test", password);
    let seen = until("the new letters over IMAP", || {
        let seen = reader.look(net)?;
        let here = ["apres", "alias", "liste"].iter().all(|subject| seen.places(subject) == ["INBOX"]);
        Ok(here.then_some(seen))
    })?;
    ensure!(seen.places("avant") == ["INBOX"], "what was deleted is not back: {:?}", seen.places("avant"));
    every_old_letter_is_there(stage, &seen)?;
    the_forged_letter_is_marked(stage, &seen)?;
    let other = stage.reader("p001")?;
    ensure!(other.look(net)?.places("alias").is_empty(), "the alias went to its thief");
    ensure!(stage.reader("maire")?.look(net)?.places("liste") == ["INBOX"], "the list did not reach all of it");
    ensure!(
        stage.reader("compta")?.look(net)?.places("marche") == ["INBOX"],
        "the other list did not reach its member"
    );
    until_true("the external contact of that list to have it", || {
        let is_it = |raw: &String| raw.contains("Subject: marche") && raw.contains("fournisseur@partner.test");
        Ok(stage.world.partner_mail().iter().any(is_it))
    })?;
    provision::life_is_on_film(stage, &seen)?;
    let mbsync = Mbsync::at_standby(
        &stage.dir().join("mbsync"),
        &stage.world.pki.ca(),
        "mx-standby.corp.test",
        "accueil@corp.test",
        password,
    )?;
    mbsync.run(net)?;
    let copied = mbsync.messages()?;
    for subject in ["avant", "apres"] {
        let line = format!("Subject: {subject}");
        let count = copied.iter().filter(|(folder, raw)| folder == "INBOX" && raw.contains(&line)).count();
        ensure!(count == 1, "mbsync has {subject:?} {count} times");
    }
    reader.clone().with_starttls().look(net).map(drop)
}

/// Folder, flags and received time of everything that was planted; nothing older than the window.
pub fn every_old_letter_is_there(stage: &Stage, seen: &SeenMailbox) -> Result<()> {
    for one in &stage.expected {
        let folder = seen.get(one.folder).with_context(|| format!("no folder {}", one.folder))?;
        let found: Vec<_> = folder.messages.iter().filter(|message| message.message_id == one.message_id).collect();
        let [message] = found.as_slice() else {
            anyhow::bail!("{} is in {} {} times", one.message_id, one.folder, found.len());
        };
        ensure!(message.flags == one.flags, "{}: {:?} were {:?}", one.message_id, message.flags, one.flags);
        ensure!(message.received_s == one.received_s, "{}: received {}", one.message_id, message.received_s);
    }
    ensure!(seen.places("jadis").is_empty(), "{TOO_OLD_WORD} is older than the window and was copied");
    Ok(())
}

fn the_forged_letter_is_marked(stage: &Stage, seen: &SeenMailbox) -> Result<()> {
    let places = seen.places("virement");
    let [place] = places.as_slice() else { anyhow::bail!("the forged letter is in {places:?}") };
    ensure!(stage.expected.iter().all(|one| one.folder != *place), "the forged letter is in {place}");
    Ok(())
}

fn staff_answer_under_their_own_address(stage: &Stage, password: &str) -> Result<()> {
    let net = &stage.world.net;
    let msmtp =
        Msmtp { dir: &stage.dir().join("msmtp"), ca: &stage.world.pki.ca(), user: "accueil@corp.test", password };
    let raw = "From: Accueil Mairie <accueil@corp.test>\nTo: ami@partner.test\nSubject: Re: apres\n\
               Message-ID: <reponse@corp.test>\nIn-Reply-To: <apres@partner.test>\n\
               References: <apres@partner.test>\n\nBien reçu.\n";
    msmtp.send(net, "ami@partner.test", raw)?;
    let received = until("the answer at the partner", || {
        Ok(stage.world.partner_mail().into_iter().find(|raw| raw.contains("Subject: Re: apres")))
    })?;
    ensure!(received.contains("From: Accueil Mairie <accueil@corp.test>"), "From was changed:\n{received}");
    for field in ["References: <apres@partner.test>", "In-Reply-To: <apres@partner.test>"] {
        ensure!(received.contains(field), "the thread is broken:\n{received}");
    }
    ensure!(dkim::verifies(net, &received)?, "DKIM does not verify:\n{received}");
    let tampered = received.replace("Bien re", "Mal re");
    ensure!(!dkim::verifies(net, &tampered)?, "DKIM verifies whatever the body");
    Ok(())
}

fn letter<'a>(to: &'a str, subject: &'a str) -> Letter<'a> {
    Letter { from: "ami@partner.test", to, subject, body: "Bonjour, c'est encore nous." }
}
