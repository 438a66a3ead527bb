//! The same story by hand against servers that nobody here wrote: enrol at the counter, fail over from the console, find
//! last month's mail, write with an attachment that the partner's Postfix takes, fail back to Dovecot.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tests::browser::play_in_lab;
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::until_true;

const ADMINS: [&str; 2] = ["dsi", "dgs"];

pub fn play(dir: &Path) -> Result<()> {
    let stage = Stage::standby(dir)?;
    stage.show_key()?;
    let codes: Vec<String> = ADMINS.iter().map(|name| code_of(&stage, name)).collect::<Result<_>>()?;
    let at = |port: u16| format!("https://{}:{port}", Host::Standby.address());
    let world = json!({
        "webmail": at(8080), "console": at(8081), "admins": ADMINS, "codes": codes, "organisation": "Corp",
        "person": "accueil", "word": "mot0x0", "partner": "ami@partner.test",
    });
    play_in_lab(&stage, world, &["the_whole_story"])?;
    until_true("the partner to have the letter with its attachment", || {
        let mail = stage.world.partner_mail();
        Ok(mail.iter().any(|raw| raw.contains("Subject: Liste des chambres") && raw.contains("chambres.txt")))
    })?;
    let phase = stage.relais.json(&["status"])?;
    ensure!(phase["phase"] == "standby", "after the failback: {phase}");
    Ok(())
}

fn code_of(stage: &Stage, name: &str) -> Result<String> {
    let made = stage.relais.json(&["admin", "add", name])?;
    made["activation_code"].as_str().map(str::to_owned).with_context(|| format!("no code in {made}"))
}
