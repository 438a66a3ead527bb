//! A world with Relais in it, at the moment where a scenario begins.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::clients::imap::Reader;
use crate::lab::config::{Parts, SELECTOR, unlock_key};
use crate::lab::history::{self, Expected};
use crate::lab::people;
use crate::lab::run::Said;
use crate::lab::{Relais, World};
use crate::wait::until;

/// The world and the Relais in it. Relais is dropped first.
pub struct Stage {
    /// Relais.
    pub relais: Relais,
    /// Everything else.
    pub world: World,
    /// What `accueil` must find of the past.
    pub expected: Vec<Expected>,
    dir: PathBuf,
}

impl Stage {
    /// The whole world with a month of mail; Relais is installed and not started.
    pub fn installed(dir: &Path) -> Result<Self> {
        Self::installed_over(dir, None)
    }

    /// The same; with the file of an authority, the primary is called over TLS.
    pub fn installed_over(dir: &Path, ca: Option<&Path>) -> Result<Self> {
        Self::installed_with(dir, ca, |_, parts| Ok(parts))
    }

    fn installed_with(
        dir: &Path,
        ca: Option<&Path>,
        change: impl FnOnce(&World, Parts) -> Result<Parts>,
    ) -> Result<Self> {
        let world = World::up(dir)?;
        let expected = history::plant(&world.dovecot)?;
        let parts = change(&world, Parts::whole_over(&world, dir, ca)?.with_pages())?;
        let record = format!(
            "\"{}\"",
            Parts::dkim_record(dir)?
                .as_bytes()
                .chunks(200)
                .map(String::from_utf8_lossy)
                .collect::<Vec<_>>()
                .join("\" \"")
        );
        world.authority.edit(&world.net, "corp.test", &[&format!("{SELECTOR}._domainkey"), "5", "TXT", &record])?;
        let relais = Relais::install(&world.net, dir, &parts.toml())?;
        Ok(Self { relais, world, expected, dir: dir.to_path_buf() })
    }

    /// Relais follows the primary, and has caught up with it. The unlock key is not on the machine.
    pub fn standby(dir: &Path) -> Result<Self> {
        Self::standby_with(dir, |parts| parts)
    }

    /// The same with another configuration.
    pub fn standby_with(dir: &Path, change: impl FnOnce(Parts) -> Parts) -> Result<Self> {
        Self::standby_over(dir, |_, parts| Ok(change(parts)))
    }

    /// The same where the change needs the world, such as a server that is started for it.
    pub fn standby_over(dir: &Path, change: impl FnOnce(&World, Parts) -> Result<Parts>) -> Result<Self> {
        let mut stage = Self::installed_with(dir, None, change)?;
        stage.hide_key()?;
        stage.relais.start()?;
        stage.wait_until_followed()?;
        Ok(stage)
    }

    /// Relais has taken over, with the mailboxes open.
    pub fn active(dir: &Path) -> Result<Self> {
        let stage = Self::standby(dir)?;
        stage.show_key()?;
        let _progress = stage.take_over()?;
        Ok(stage)
    }

    /// Relais has taken over for the house's people from a CSV file, without a past.
    pub fn reception(dir: &Path, change: impl FnOnce(Parts) -> Parts) -> Result<Self> {
        let stage = Self::from_csv(dir, &people_csv(HOUSE), |_, parts| Ok(change(parts)), &[])?;
        stage.taken_over(HOUSE)
    }

    /// Relais has taken over for the people of a CSV file's rows, without a past.
    pub fn reception_for(dir: &Path, rows: &str, count: usize, change: impl FnOnce(Parts) -> Parts) -> Result<Self> {
        Self::from_csv(dir, rows, |_, parts| Ok(change(parts)), &[])?.taken_over(count)
    }

    /// The same where the change needs the world, such as a server that is started for it.
    pub fn reception_with(dir: &Path, change: impl FnOnce(&World, Parts) -> Result<Parts>) -> Result<Self> {
        Self::from_csv(dir, &people_csv(HOUSE), change, &[])?.taken_over(HOUSE)
    }

    /// The same with the server under another program.
    pub fn reception_under(dir: &Path, wrapper: &[String]) -> Result<Self> {
        Self::from_csv(dir, &people_csv(HOUSE), |_, parts| Ok(parts), wrapper)?.taken_over(HOUSE)
    }

    /// Relais knows these people from the rows of a CSV file and stands by.
    pub fn waiting_for(dir: &Path, rows: &str, count: usize) -> Result<Self> {
        let stage = Self::from_csv(dir, rows, |_, parts| Ok(parts), &[])?;
        stage.wait_until_people(count)?;
        Ok(stage)
    }

    /// Relais knows the house's people from a CSV file and stands by.
    pub fn waiting(dir: &Path) -> Result<Self> {
        Self::waiting_for(dir, &people_csv(HOUSE), HOUSE)
    }

    fn from_csv(
        dir: &Path,
        rows: &str,
        change: impl FnOnce(&World, Parts) -> Result<Parts>,
        wrapper: &[String],
    ) -> Result<Self> {
        let world = World::up(dir)?;
        let parts = Parts::alone(&world, dir)?;
        let parts = change(&world, parts)?;
        let mut relais = Relais::install(&world.net, dir, &parts.toml())?;
        relais.wrapped(&wrapper.iter().map(String::as_str).collect::<Vec<_>>());
        let mut stage = Self { relais, world, expected: vec![], dir: dir.to_path_buf() };
        stage.relais.start()?;
        import(&stage.relais, rows)?;
        Ok(stage)
    }

    fn taken_over(self, people: usize) -> Result<Self> {
        self.wait_until_people(people)?;
        let _progress = self.take_over()?;
        Ok(self)
    }

    /// Lets Relais look at the whole primary once.
    pub fn wait_until_followed(&self) -> Result<()> {
        self.relais.order(&["sync", "now"]).map(drop)
    }

    /// A failover to its end; what it says while it goes.
    pub fn take_over(&self) -> Result<String> {
        let said = self.relais.order(&["failover", "start", "--clean-point", "everything", "--reason", "exercise"])?;
        self.relais.wait_for_phase("active")?;
        Ok(said)
    }

    fn wait_until_people(&self, count: usize) -> Result<()> {
        until("everybody to be known", || {
            let people = self.relais.json(&["people", "list"])?;
            let known = people["people"].as_array().map_or(0, Vec::len);
            Ok((known >= count).then_some(()))
        })
    }

    /// Takes the unlock key off the machine.
    pub fn hide_key(&self) -> Result<()> {
        Ok(std::fs::rename(unlock_key(&self.dir), self.hidden_key())?)
    }

    /// Brings the unlock key to the machine.
    pub fn show_key(&self) -> Result<()> {
        Ok(std::fs::copy(self.hidden_key(), unlock_key(&self.dir)).map(drop)?)
    }

    /// Where the key lies when it is off the machine.
    pub fn hidden_key(&self) -> PathBuf {
        self.dir.join("unlock.key.elsewhere")
    }

    /// The folder of the scenario.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A new app password for somebody.
    pub fn app_password(&self, address: &str) -> Result<String> {
        invite(&self.relais, address)
    }

    /// Somebody's mailbox at Relais.
    pub fn reader(&self, login: &str) -> Result<Reader> {
        let address = format!("{login}@corp.test");
        Ok(Reader::at_standby(&address, &self.app_password(&address)?))
    }
}

/// Makes people known from the rows of a CSV file.
pub fn import(relais: &Relais, rows: &str) -> Result<()> {
    let file = relais.dir().join("people.csv");
    std::fs::write(&file, rows)?;
    relais.order(&["people", "import", &file.display().to_string()]).map(drop)
}

/// A new app password.
pub fn invite(relais: &Relais, address: &str) -> Result<String> {
    let said = relais.command(&["people", "invite", address, "--app-password"])?;
    ensure!(said.code == 0, "no app password: {}", said.all());
    password_in(&said).with_context(|| format!("no app password in {}", said.all()))
}

/// The word among what was said that is groups of four letters or digits.
fn password_in(said: &Said) -> Option<String> {
    let is_password = |word: &&str| {
        let groups: Vec<&str> = word.split('-').collect();
        groups.len() >= 5
            && groups.iter().all(|group| group.len() <= 4 && group.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    said.out.split_whitespace().map(|word| word.trim_matches('"')).find(is_password).map(str::to_owned)
}

/// How many people of the house a CSV file of the scenarios names.
const HOUSE: usize = 30;

/// The first `count` people of the house, and as many others as it takes, as a CSV file.
pub fn people_csv(count: usize) -> String {
    let mut rows = String::from("kind,name,address,aliases\n");
    let known = people::people();
    for number in 0..count {
        let (name, login) = known
            .get(number)
            .map_or_else(|| (format!("Personne {number}"), numbered(number)), |one| (one.name(), one.login.clone()));
        let aliases = known.get(number).map(|person| person.aliases.clone()).unwrap_or_default();
        let aliases: Vec<String> = aliases.iter().map(|alias| format!("{alias}@corp.test")).collect();
        rows += &format!("person,{name},{login}@corp.test,{}\n", aliases.join(" "));
    }
    rows
}

/// The login of a row of [`people_csv`].
pub fn login_of(number: usize) -> String {
    people::people().get(number).map_or_else(|| numbered(number), |person| person.login.clone())
}

fn numbered(number: usize) -> String {
    format!("q{number:06}")
}
