//! Everybody in the directory, as seen without asking Relais: by the keys in the data folder, by who may be written to.

use anyhow::{Result, ensure};
use tests::clients::imap::{Reader, Seen, Subjects as _};
use tests::clients::smtp::Conversation;
use tests::clients::{PYTHON, script};
use tests::lab::history::Expected;
use tests::lab::net::Host;
use tests::lab::run::feed;
use tests::lab::slapd::person_dn;
use tests::stage::Stage;

/// What joins the directory while Relais follows it.
pub const NEW_ALIAS: &str = "nouveau@corp.test";

/// Step 1: each person of slapd has a mailbox with a key pair of its own.
pub fn everybody_has_keys(stage: &Stage) -> Result<()> {
    let people = stage.world.slapd.values(&stage.world.net, "(objectClass=inetOrgPerson)", "mail")?;
    ensure!(people.len() >= 200, "slapd has {} people", people.len());
    let mut keys = std::process::Command::new(PYTHON);
    keys.arg(script("keys.py")).arg(stage.relais.data()).arg(stage.hidden_key());
    let looked_at = feed(&mut keys, people.join("\n").as_bytes())?;
    ensure!(looked_at.trim() == people.len().to_string(), "{} of {} have keys", looked_at.trim(), people.len());
    Ok(())
}

/// Step 5: every address of every person and group of slapd is accepted, hidden or not; others are not.
pub fn everybody_is_written_to(stage: &Stage) -> Result<()> {
    let net = &stage.world.net;
    let ours = "(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))";
    let addresses: Vec<String> = stage.world.slapd.values(net, ours, "proxyAddresses")?;
    let addresses: Vec<&str> =
        addresses.iter().filter_map(|one| one.strip_prefix("SMTP:").or_else(|| one.strip_prefix("smtp:"))).collect();
    ensure!(addresses.len() > 290, "slapd has {} addresses", addresses.len());
    let mut client = Conversation::open(net, Host::Partner, 25)?;
    client.expect("EHLO mail.partner.test", 250)?;
    client.expect("MAIL FROM:<ami@partner.test>", 250)?;
    for address in addresses {
        client.expect(&format!("RCPT TO:<{address}>"), 250)?;
    }
    client.expect("RCPT TO:<personne@corp.test>", 550)?;
    client.expect("RSET", 250).map(drop)
}

/// Step 1: what changes at the primary before the clean point changes on film, too.
pub fn the_primary_lives_on(stage: &mut Stage) -> Result<()> {
    let net = stage.world.net.clone();
    let accueil = Reader::at_primary("accueil");
    let seen = accueil.look(&net)?;
    let uid = |folder: &str, subject: &str| -> Result<String> {
        let found = seen.get(folder).and_then(|folder| folder.messages.iter().find(|one| one.subject == subject));
        found.map(|one: &Seen| one.uid.to_string()).ok_or_else(|| anyhow::anyhow!("no {subject} in {folder}"))
    };
    accueil.act(&net, &["store", "INBOX", &uid("INBOX", "INBOX 20")?, "+FLAGS", "\\Flagged"], b"")?;
    accueil.act(&net, &["move", "INBOX", &uid("INBOX", "INBOX 21")?, "Marches"], b"")?;
    accueil.act(&net, &["delete", "INBOX", &uid("INBOX", "INBOX 22")?], b"")?;
    let alias = format!(
        "dn: {}\nchangetype: modify\nadd: proxyAddresses\nproxyAddresses: smtp:{NEW_ALIAS}\n",
        person_dn("p002")
    );
    stage.world.slapd.modify(&net, &alias)?;
    expect(stage, "mot0x20", |one| one.flags = vec!["\\Flagged".into(), "\\Seen".into()])?;
    expect(stage, "mot0x21", |one| one.folder = "Marches")?;
    stage.expected.retain(|one| one.word != "mot0x22");
    stage.wait_until_followed()
}

fn expect(stage: &mut Stage, word: &str, change: impl FnOnce(&mut Expected)) -> Result<()> {
    let found = stage.expected.iter_mut().find(|one| one.word == word);
    found.map(change).ok_or_else(|| anyhow::anyhow!("{word} was not planted"))
}

/// Step 5: what [`the_primary_lives_on`] deleted is gone here, and the new alias has its owner.
pub fn life_is_on_film(stage: &Stage, seen: &tests::clients::imap::SeenMailbox) -> Result<()> {
    ensure!(seen.places("INBOX 22").is_empty(), "what was deleted in peacetime is in {:?}", seen.places("INBOX 22"));
    let owner = stage.reader("p002")?.look(&stage.world.net)?;
    ensure!(owner.places("neuf") == ["INBOX"], "the new alias has no owner: {:?}", owner.places("neuf"));
    Ok(())
}
