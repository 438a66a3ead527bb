//! Who opens a mailbox.

use std::sync::Arc;

use failover::Phase;
use identity::{Identity, Refusal};
use imap::{Accounts, LoginError, Peer};
use store::directory::Directory;
use tokio::sync::watch;

use super::open::{Open, SignIn};
use crate::clock;
use crate::posture::Posture;
use crate::reception::Addressing;

/// Staff, by their app passwords.
pub struct People {
    /// Whose mailbox is where.
    pub addressing: Arc<Addressing>,
    /// Who there is.
    pub directory: Directory,
    /// How passwords are checked.
    pub identity: Identity,
    /// Whether there is a view.
    pub posture: watch::Receiver<Posture>,
}

impl Accounts for People {
    type Mailbox = Open;

    async fn login(&self, peer: &Peer, user: &str, password: &str) -> Result<Open, LoginError> {
        let signed_in = self.identity.sign_in_app(&self.directory, user, password, peer.address.ip(), clock::now());
        let signed_in = signed_in.await.map_err(|refusal| refused(&refusal, peer))?;
        let (Some(entry), Some(credential)) = (signed_in.entry, signed_in.credential) else {
            return Err(LoginError::Wrong);
        };
        if self.posture.borrow().phase == Phase::Standby {
            return Err(unavailable("Relais is standing by: your mailbox is where it always is"));
        }
        let found = self.addressing.mailbox(&entry.id).await.map_err(|error| {
            tracing::error!(%error, hint = error.hint(), "a mailbox cannot be found");
            unavailable("Your mailbox cannot be found at the moment, please try again later")
        });
        let (region, mailbox) = found?;
        if !region.is_unsealed(mailbox) {
            return Err(unavailable("Your mailbox is being opened, please try again in a minute"));
        }
        let sign_in = SignIn { identity: self.identity.clone(), directory: self.directory.clone(), credential };
        Ok(Open { region, mailbox, sign_in })
    }
}

fn unavailable(says: &str) -> LoginError {
    LoginError::Unavailable(says.to_owned())
}

fn refused(refusal: &Refusal, peer: &Peer) -> LoginError {
    match refusal {
        Refusal::Wrong => {
            tracing::info!(peer = %peer.address.ip(), "a sign-in failed");
            LoginError::Wrong
        }
        Refusal::Later { .. } => LoginError::TooMany,
        Refusal::Unavailable(error) => {
            tracing::error!(%error, hint = error.hint(), "nobody can be signed in");
            unavailable("Nobody can be signed in at the moment, please try again later")
        }
    }
}
