//! Answers `relais people`: who is there, who comes in addition, and how somebody gets in.

use std::path::Path;

use identity::{Identity, activation, app_password};
use mail::Address;
use serde_json::json;
use store::Store;
use store::directory::{Entry, OWN_SOURCE, Observed, Owner, Sighting};
use sync::directory::csv::Checked;

use super::list;
use crate::clock::now;
use crate::control::{Answer, PeopleRequest, Progress, Refusal};

/// Who acts when a command comes over the control socket.
const ACTOR: &str = "operator";
/// Entries of a file that are taken in at one time.
const OBSERVED_AT_ONCE: usize = 5_000;
/// A longer label is no label.
const LABEL_CHARS: usize = 80;

/// The desk.
#[derive(Clone)]
pub struct Desk {
    /// The directory and the mailboxes.
    pub store: Store,
    /// Makes secrets.
    pub identity: Identity,
    /// What browsers call the webmail.
    pub origin: String,
}

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// A [`Refusal`] says what to do next.
    pub async fn answer(&self, order: PeopleRequest, progress: Progress) -> Result<Answer, Refusal> {
        match order {
            PeopleRequest::List { after } => list::page(self.store.directory(), after.as_ref(), now()).await,
            PeopleRequest::Import { file } => self.import(&file, &progress).await,
            PeopleRequest::Invite { address, app_password, label } => self.invite(&address, app_password, &label).await,
            PeopleRequest::Shred { address, confirm, by, reason } => {
                self.shred(&address, &confirm, (&by, &reason)).await
            }
        }
    }

    async fn invite(&self, address: &str, app_password: bool, label: &str) -> Result<Answer, Refusal> {
        let entry = self.whose(address).await?;
        let (owner, keys, now) = (Owner::Entry(entry.id.clone()), self.identity.keys(), now());
        let label: String = label.chars().take(LABEL_CHARS).collect();
        let (secret, credential) = match app_password {
            true => app_password::generate(keys, &owner, &label, now),
            false => activation::generate(keys, &owner, now),
        };
        let directory = self.store.directory();
        let what = credential.kind.as_str();
        let detail = json!({ "entry": entry.id, "kind": what, "label": label }).to_string();
        directory.audit(now, ACTOR, "people.invite", &detail).await?;
        directory.add_credential(credential).await?;
        let login = entry.primary.as_ref().map_or_else(|| address.to_owned(), Address::to_string);
        let text = invitation(&entry, &login, &self.origin, app_password, secret.reveal());
        let key = if app_password { "app_password" } else { "activation_code" };
        Ok(Answer::new(text, json!({ "entry": entry.id, "login": login, key: secret.reveal() })))
    }

    /// What was decided is in the log before it is done, and what came of it after.
    async fn shred(&self, address: &str, confirm: &str, (by, reason): (&str, &str)) -> Result<Answer, Refusal> {
        let entry = self.whose(address).await?;
        let primary = entry.primary.as_ref().map(Address::to_string).unwrap_or_default();
        if !primary.eq_ignore_ascii_case(confirm.trim()) {
            let what = format!("the mailbox that would be shredded is {primary:?}, and typed was {confirm:?}");
            return Err(Refusal::new(what, "type its primary address after --confirm"));
        }
        if by.trim().is_empty() || reason.trim().is_empty() {
            return Err(Refusal::new("nobody decided this, or nobody knows why", "give --by and --reason"));
        }
        let detail = json!({ "entry": entry.id, "reason": reason }).to_string();
        let directory = self.store.directory();
        directory.audit(now(), by.trim(), "people.shred", &detail).await?;
        let mut gone = None;
        for region in self.store.regions() {
            if let Some(mailbox) = region.mailbox_of(&entry.id).await? {
                gone = Some(gone.unwrap_or(0) + region.shred(mailbox, now()).await?);
            }
        }
        let Some(gone) = gone else {
            return Err(Refusal::new(format!("{primary} has no mailbox"), "there is nothing to shred"));
        };
        let detail = json!({ "entry": entry.id, "contents": gone }).to_string();
        directory.audit(now(), by.trim(), "people.shredded", &detail).await?;
        let text = format!(
            "The private key of {primary} is deleted; {gone} messages that nobody else holds were swept. Backups from \
             before keep theirs until they run out."
        );
        Ok(Answer::new(text, json!({ "entry": entry.id, "contents": gone })))
    }

    async fn whose(&self, address: &str) -> Result<Entry, Refusal> {
        let directory = self.store.directory();
        let found = directory.person(address, directory.trusted().await?).await?;
        found.ok_or_else(|| {
            let hint = "`relais people list` shows everybody; in a run, people are those of before the clean point";
            Refusal::new(format!("nobody with a mailbox has the address {address}"), hint)
        })
    }

    async fn import(&self, file: &Path, progress: &Progress) -> Result<Answer, Refusal> {
        let (named, directory) = (file.to_owned(), self.store.directory().clone());
        let checked = tokio::task::spawn_blocking(move || Checked::open(&named, &directory)).await;
        let checked = checked.map_err(|_| refused("the file could not be read"))?.map_err(refused)?;
        progress.say(format!("Taking in {} entries.", checked.count));
        let directory = self.store.directory();
        let detail = json!({ "file": file, "entries": checked.count }).to_string();
        directory.audit(now(), ACTOR, "people.import", &detail).await?;
        let observed = self.observe(&checked, progress).await?;
        progress.say("Making mailboxes.");
        let mailboxes = sync::directory::provision(&self.store, now()).await.map_err(refused)?;
        let text = format!(
            "{} added, {} changed, {} as before; {mailboxes} mailboxes in all.",
            observed.added, observed.changed, observed.unchanged
        );
        Ok(Answer::new(text, json!({ "observed": observed, "mailboxes": mailboxes })))
    }

    /// Takes people in, some at a time: what is ready to be written of each is several times the line in the file.
    async fn observe(&self, checked: &Checked, progress: &Progress) -> Result<Observed, Refusal> {
        let (mut all, mut seen) = (Observed::default(), 0);
        let mut entries = checked.entries();
        loop {
            let some = entries.by_ref().take(OBSERVED_AT_ONCE).map(|entry| entry.map(Sighting::Present));
            let some: Vec<Sighting> = some.collect::<Result<_, _>>().map_err(refused)?;
            seen += some.len();
            let observed = self.store.directory().observe(OWN_SOURCE, some, None, now()).await?;
            all.added += observed.added;
            all.changed += observed.changed;
            all.removed += observed.removed;
            all.unchanged += observed.unchanged;
            if seen >= checked.count {
                return Ok(all);
            }
            progress.say(format!("Taking in people: {seen} of {}.", checked.count));
        }
    }
}

fn refused(cause: impl ToString) -> Refusal {
    Refusal::new(cause, "the server reads the file; mend what is said and import it again: what is there already stays")
}

fn invitation(entry: &Entry, login: &str, origin: &str, app_password: bool, secret: &str) -> String {
    let name = if entry.name.is_empty() { login } else { &entry.name };
    match app_password {
        true => format!(
            "App password of {name}:\n\n    {secret}\n\nIt is for mail programs (IMAP, submission), under the name {login}.\n\
             It is shown this once and kept nowhere."
        ),
        false => format!(
            "Activation code of {name}:\n\n    {secret}\n\nIt is good once, for a week, at {origin}/welcome, under the name {login}.\n\
             It is shown this once and kept nowhere."
        ),
    }
}
