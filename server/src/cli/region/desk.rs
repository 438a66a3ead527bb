//! Answers `relais region report`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use store::directory::Chain;
use store::{HouseKeys, RegionStore, Store};

use super::signed::Signer;
use crate::clock::now;
use crate::config::Config;
use crate::control::{Answer, Refusal};

/// States what is kept where.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    organisation: String,
    node: String,
    countries: Arc<Vec<(String, String)>>,
    signer: Arc<Signer>,
}

impl Desk {
    /// For this house.
    ///
    /// # Errors
    /// When the signing key cannot be made.
    pub fn new(config: &Config, store: Store, keys: &HouseKeys) -> anyhow::Result<Self> {
        let regions = config.regions().into_iter();
        Ok(Self {
            store,
            organisation: config.organisation.clone(),
            node: config.node.clone(),
            countries: Arc::new(regions.map(|region| (region.name.to_string(), region.country)).collect()),
            signer: Arc::new(Signer::new(keys)?),
        })
    }

    /// The signed report.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn report(&self) -> Result<Answer, Refusal> {
        let mut regions = Vec::new();
        for region in self.store.regions() {
            regions.push(self.region(region).await?);
        }
        let closed = self.store.closed().iter();
        let closed: Vec<Value> = closed
            .map(|region| json!({ "name": region.name, "why": region.why, "mailboxes": region.mailboxes }))
            .collect();
        let entries = self.store.directory().audit_export().await?.into_iter();
        let moves: Vec<Value> = entries
            .filter(|entry| entry.what.starts_with("region."))
            .map(|entry| {
                let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
                json!({ "seq": entry.seq, "at": entry.at.rfc3339(), "by": entry.actor, "what": entry.what, "detail": detail })
            })
            .collect();
        let audit = match self.store.directory().audit_verify().await? {
            Chain::Whole { count, head } => json!({ "whole": true, "entries": count, "head": head }),
            Chain::Broken { seq, what } => json!({ "whole": false, "first_altered": seq, "what": what }),
        };
        let report = json!({
            "organisation": self.organisation,
            "node": self.node,
            "made_at": now().rfc3339(),
            "regions": regions,
            "closed": closed,
            "moves": moves,
            "audit": audit,
        });
        let text = serde_json::to_string_pretty(&report).map_err(|error| Refusal::new(error, ""))?;
        let signed = self.signer.sign(text);
        let json = serde_json::to_value(&signed).map_err(|error| Refusal::new(error, ""))?;
        let text = serde_json::to_string_pretty(&signed).map_err(|error| Refusal::new(error, ""))?;
        Ok(Answer::new(text, json))
    }

    async fn region(&self, region: &RegionStore) -> Result<Value, Refusal> {
        let (held, place) = (region.holdings().await?, region.whereabouts());
        let name = region.name().as_str();
        let country = self.countries.iter().find(|(known, _)| known == name).map(|(_, country)| country);
        let moment = |at: Option<mail::Timestamp>| at.map(mail::Timestamp::rfc3339);
        Ok(json!({
            "name": name,
            "country": country,
            "place": { "declared": place.declared, "found": place.found, "doubt": place.doubt },
            "database": place.database,
            "blobs": place.blobs,
            "unlock_public": STANDARD.encode(region.unlock_public()),
            "mailboxes": held.mailboxes,
            "on_their_way": held.on_their_way,
            "messages": held.messages,
            "bytes": held.bytes,
            "events": held.events,
            "drafts": held.drafts,
            "waiting_to_leave": held.waiting,
            "oldest": moment(held.oldest),
            "newest": moment(held.newest),
        }))
    }
}
