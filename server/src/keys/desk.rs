//! Answers `relais keys unseal`: takes shares, says how far it is. Who gave which share is in the audit log, never what
//! was in it.

use serde_json::json;
use store::Store;

use super::quorum::{Gathered, Quorum};
use super::share::Share;
use super::{Source, Unlock};
use crate::clock::now;
use crate::control::{Answer, KeysRequest, Refusal};

/// Who is named for what comes over the control socket.
const OPERATOR: &str = "operator";

/// Takes shares.
#[derive(Clone)]
pub struct Desk {
    /// For the audit log.
    pub store: Store,
    /// Where shares gather.
    pub unlock: Unlock,
}

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// When the share is refused, or the key is no quorum's.
    pub async fn answer(&self, order: KeysRequest) -> Result<Answer, Refusal> {
        match order {
            KeysRequest::Gathered => Ok(answer(&self.quorum()?.gathered(now()))),
            KeysRequest::Give { share } => self.give(OPERATOR, &share.0).await.map(|gathered| answer(&gathered)),
            KeysRequest::Forget => self.forget(OPERATOR).await.map(|gathered| answer(&gathered)),
        }
    }

    /// Takes a share in somebody's name.
    ///
    /// # Errors
    /// Why it is refused.
    pub async fn give(&self, by: &str, text: &str) -> Result<Gathered, Refusal> {
        let quorum = self.quorum()?;
        let taken = Share::parse(text).and_then(|share| {
            let (index, ceremony) = (share.index, share.ceremony.id.clone());
            quorum.give(share, now()).map(|gathered| (gathered, index, ceremony))
        });
        match taken {
            Ok((gathered, index, ceremony)) => {
                let detail = json!({ "share": index, "ceremony": ceremony, "gathered": gathered.to_string() });
                self.note(by, "keys.share", detail).await?;
                Ok(gathered)
            }
            Err(refused) => {
                self.note(by, "keys.share_refused", json!({ "why": refused.to_string() })).await?;
                Err(Refusal::new(refused, quorum.gathered(now()).to_string()))
            }
        }
    }

    /// Wipes what was given.
    ///
    /// # Errors
    /// When the key is no quorum's.
    pub async fn forget(&self, by: &str) -> Result<Gathered, Refusal> {
        self.quorum()?.forget();
        self.note(by, "keys.forgotten", json!({})).await?;
        Ok(self.quorum()?.gathered(now()))
    }

    fn quorum(&self) -> Result<&Quorum, Refusal> {
        match self.unlock.first() {
            Source::Quorum(quorum) => Ok(quorum),
            Source::File(_) => Err(Refusal::new(
                "the unlock key comes from a file here (seal.unlock = \"file\")",
                "bring the file to seal.unlock_key_file; shares are for seal.unlock = \"quorum\"",
            )),
        }
    }

    async fn note(&self, by: &str, what: &str, detail: serde_json::Value) -> Result<(), Refusal> {
        Ok(self.store.directory().audit(now(), by, what, &detail.to_string()).await?)
    }
}

fn answer(gathered: &Gathered) -> Answer {
    let said = json!({ "here": gathered.here, "needed": gathered.needed, "whole": gathered.whole });
    Answer::new(gathered.to_string(), said)
}
