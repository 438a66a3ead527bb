//! Answers `relais admin`. Whoever can speak on the control socket may make admins: the socket is the owner's alone.

use identity::{Identity, activation};
use serde_json::{Value, json};
use store::Store;
use store::directory::{CredentialKind, Owner, SessionsOf};

use crate::clock::now;
use crate::control::{AdminRequest, Answer, Refusal};

const ACTOR: &str = "operator";
const NAME_BYTES_MAX: usize = 64;

/// The desk.
#[derive(Clone)]
pub struct Desk {
    /// The directory.
    pub store: Store,
    /// Makes secrets.
    pub identity: Identity,
    /// What browsers call the console.
    pub origin: String,
}

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// A [`Refusal`] says what to do next.
    pub async fn answer(&self, order: AdminRequest) -> Result<Answer, Refusal> {
        match order {
            AdminRequest::Add { name, forget } => self.add(&name, forget).await,
            AdminRequest::List => self.list().await,
            AdminRequest::Remove { name } => self.remove(&name).await,
        }
    }

    async fn add(&self, name: &str, forget: bool) -> Result<Answer, Refusal> {
        let (owner, directory, now) = (named(name)?, self.store.directory(), now());
        directory.audit(now, ACTOR, "admin.add", &json!({ "admin": name, "forget": forget }).to_string()).await?;
        if forget {
            self.identity.forget_second(directory, &owner, now).await?;
        }
        directory.revoke_of(&owner, &[CredentialKind::Activation], now).await?;
        let (secret, credential) = activation::generate(self.identity.keys(), &owner, now);
        directory.add_credential(credential).await?;
        let text = format!(
            "Activation code of the admin {name}:\n\n    {}\n\nIt is good once, for a week, at {}/welcome, under the name {name}.\n\
             It is shown this once and kept nowhere. An earlier code is void.",
            secret.reveal(),
            self.origin
        );
        Ok(Answer::new(text, json!({ "admin": name, "activation_code": secret.reveal() })))
    }

    async fn list(&self) -> Result<Answer, Refusal> {
        let ways = self.store.directory().ways_in(now()).await?;
        let mut admins: Vec<(&str, Vec<&str>)> = ways
            .iter()
            .filter_map(|(owner, kinds)| match owner {
                Owner::Admin(name) => {
                    let mut words: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
                    words.sort_unstable();
                    words.dedup();
                    Some((name.as_str(), words))
                }
                Owner::Entry(_) => None,
            })
            .collect();
        admins.sort_unstable();
        let lines = admins.iter().map(|(name, ways)| format!("{name}  {}\n", ways.join(", ")));
        let mut text: String = lines.collect();
        if admins.is_empty() {
            "Nobody can use the console; make an admin with: relais admin add NAME".clone_into(&mut text);
        }
        let listed: Vec<Value> = admins.iter().map(|(name, ways)| json!({ "name": name, "ways": ways })).collect();
        Ok(Answer::new(text.trim_end(), json!({ "admins": listed })))
    }

    async fn remove(&self, name: &str) -> Result<Answer, Refusal> {
        let (owner, directory, now) = (named(name)?, self.store.directory(), now());
        directory.audit(now, ACTOR, "admin.remove", &json!({ "admin": name }).to_string()).await?;
        let revoked = directory.revoke_of(&owner, &CredentialKind::ALL, now).await?;
        let sessions = directory.end_sessions(SessionsOf::Owner(owner), now).await?;
        if revoked == 0 {
            return Err(Refusal::new(format!("there is no admin {name}"), "`relais admin list` shows them"));
        }
        let text = format!("{name} can no longer use the console; {sessions} sessions ended.");
        Ok(Answer::new(text, json!({ "admin": name, "credentials": revoked, "sessions": sessions })))
    }
}

fn named(name: &str) -> Result<Owner, Refusal> {
    let plain = name.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_'));
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !plain {
        return Err(Refusal::new(
            "this is no name for an admin",
            "use letters, digits, dots, hyphens and underscores, 64 at most",
        ));
    }
    Ok(Owner::Admin(name.to_owned()))
}
