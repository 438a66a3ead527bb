//! Whoever answers for the primary shows a certificate: of an authority that is not ours, or of another host. It is told
//! no password and believed nothing, and a finding says what to do; the true primary is followed over TLS.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Result, ensure};
use tests::clients::imap::{Laid, Reader, Subjects as _};
use tests::lab::net::Host;
use tests::lab::pki::Pki;
use tests::stage::Stage;
use tests::wait::until;

use crate::the_primary_is_lost_and_comes_back::every_old_letter_is_there;

pub fn play(dir: &Path) -> Result<()> {
    let ca = dir.join("believed.pem");
    std::fs::copy(Pki::make(dir.join("strangers"))?.ca(), &ca)?;
    let mut stage = Stage::installed_over(dir, Some(&ca))?;
    let net = stage.world.net.clone();
    stage.relais.start()?;
    is_not_trusted(&stage, "directory")?;
    ensure!(stage.relais.command(&["sync", "now"])?.code != 0, "a look at strangers ends well");
    let people = stage.relais.json(&["people", "list"])?;
    ensure!(people["people"].as_array().is_some_and(Vec::is_empty), "people of a stranger's directory are known");

    std::fs::copy(stage.world.pki.ca(), &ca)?;
    let primary = (&["mx-primary.corp.test"][..], Host::Primary);
    let elsewhere = (&["mx-elsewhere.test"][..], Host::Partner);
    stage.world.dovecot.show(&net, &stage.world.pki, elsewhere)?;
    start_anew(&mut stage, |toml| toml)?;
    is_not_trusted(&stage, "history")?;
    let said = stage.world.dovecot.daemon.said();
    ensure!(!said.contains("Login: user="), "a password was told to another host: {said}");
    println!("         who is not believed is told no password");

    stage.world.dovecot.show(&net, &stage.world.pki, primary)?;
    stage.relais.order(&["sync", "now"])?;
    let said = stage.world.dovecot.daemon.said();
    ensure!(said.contains("Login: user=") && said.contains(", TLS, "), "the primary was read in the clear: {said}");
    println!("         the primary is followed over TLS");

    let letter = b"Subject: tls\r\nMessage-ID: <tls@x>\r\n\r\nx\r\n";
    let laid = Laid { folder: "INBOX", flags: "", received_at: SystemTime::now(), raw: letter };
    Reader::at_primary("accueil").append(&net, &laid)?;
    start_anew(&mut stage, |toml| toml.replace("port = 993\ntls = \"tls\"", "port = 143\ntls = \"starttls\""))?;
    stage.relais.order(&["sync", "now"])?;
    let _progress = stage.take_over()?;
    let seen = stage.reader("accueil")?.look(&net)?;
    ensure!(seen.places("tls") == ["INBOX"], "over STARTTLS nothing was copied");
    every_old_letter_is_there(&stage, &seen)
}

/// `relais sync status` names whose certificate is not believed, and what to do about it.
fn is_not_trusted(stage: &Stage, part: &str) -> Result<()> {
    let finding = until(&format!("a word about the certificate of the {part}"), || {
        let status = stage.relais.json(&["sync", "status"])?;
        let findings = status["findings"].as_array().cloned().unwrap_or_default();
        ensure!(!findings.iter().any(|one| one["name"] == format!("{part}_down")), "it is called down: {findings:?}");
        Ok(findings.into_iter().find(|one| one["name"] == format!("{part}_not_trusted")))
    })?;
    println!("         {}", finding["what"].as_str().unwrap_or_default());
    ensure!(finding["remedy"].as_str().is_some_and(|text| text.contains("ca_file")), "no remedy in {finding}");
    Ok(())
}

fn start_anew(stage: &mut Stage, change: impl FnOnce(String) -> String) -> Result<()> {
    stage.relais.daemon()?.stop()?;
    let toml = std::fs::read_to_string(stage.relais.config())?;
    std::fs::write(stage.relais.config(), change(toml))?;
    stage.relais.start()
}
