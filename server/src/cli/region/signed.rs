//! A text and its signature in one file, so that nobody has to agree on how JSON is written to check it.
//!
//! ```text
//!   { "algorithm": "Ed25519", "public": BASE64, "signature": BASE64, "report": "{ ... the signed octets ... }" }
//! ```
//!
//! The key is derived from the house's integrity key: the same at every node and in every report, and in no backup of the
//! data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use store::HouseKeys;

/// Signs reports.
pub struct Signer(Ed25519KeyPair);

/// A signed report.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    algorithm: String,
    public: String,
    signature: String,
    report: String,
}

impl Signer {
    /// The house's.
    ///
    /// # Errors
    /// None that a key of 32 octets could meet.
    pub fn new(keys: &HouseKeys) -> anyhow::Result<Self> {
        let seed = keys.derived("region report");
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed);
        pair.map(Self).map_err(|_| anyhow::anyhow!("the key that signs reports cannot be made"))
    }

    /// Signs a text.
    #[must_use]
    pub fn sign(&self, report: String) -> Signed {
        let (public, signature) = (self.public(), self.signature(&report));
        Signed { algorithm: "Ed25519".to_owned(), public, signature, report }
    }

    /// The public half, base64.
    #[must_use]
    pub fn public(&self) -> String {
        STANDARD.encode(self.0.public_key())
    }

    /// The signature alone, base64. The text has to say what it is: a report is a JSON object, nothing else begins like one.
    #[must_use]
    pub fn signature(&self, text: &str) -> String {
        STANDARD.encode(self.0.sign(text.as_bytes()))
    }

    /// Whether we signed this.
    #[must_use]
    pub fn is_ours(&self, text: &str, signature: &str) -> bool {
        is_signed(text, &self.public(), signature).is_ok()
    }
}

/// Whether the owner of a public half signed this text; both in base64.
///
/// # Errors
/// What is wrong with it.
pub fn is_signed(text: &str, public: &str, signature: &str) -> Result<(), String> {
    let octets = |text: &str, what: &str| STANDARD.decode(text).map_err(|_| format!("its {what} is no base64"));
    let key = UnparsedPublicKey::new(&ED25519, octets(public, "public key")?);
    let signature = octets(signature, "signature")?;
    key.verify(text.as_bytes(), &signature).map_err(|_| "it is not as it was signed".to_owned())
}

/// What a report that is whole says of itself; with `public`, only one that this key signed.
///
/// # Errors
/// What is wrong with it.
pub fn verified(text: &str, public: Option<&str>) -> Result<String, String> {
    let signed: Signed = serde_json::from_str(text).map_err(|error| format!("this is no signed report: {error}"))?;
    if signed.algorithm != "Ed25519" {
        return Err(format!("{:?} is no algorithm of this release", signed.algorithm));
    }
    if public.is_some_and(|public| public.trim() != signed.public) {
        return Err(format!("it was signed by {}, which is not the key that was asked for", signed.public));
    }
    is_signed(&signed.report, &signed.public, &signed.signature)?;
    let whose =
        if public.is_some() { "that key" } else { "the key below: compare it with what the organisation handed out" };
    Ok(format!("{}\nThis report is as it was signed, by {whose}.\n{}", signed.report, signed.public))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_changed_report_and_a_stranger_s_are_told_apart_from_ours() {
        let (ours, others) = (HouseKeys::generate(), HouseKeys::generate());
        let sign = |keys, text: &str| Signer::new(keys).unwrap().sign(text.to_owned());
        let report = sign(&ours, "{\"mailboxes\": 12}");
        let public = report.public.clone();
        let text = serde_json::to_string(&report).unwrap();
        assert!(verified(&text, Some(&public)).unwrap().contains("12"));
        assert!(verified(&text, None).unwrap().contains(&public));
        assert!(verified(&text.replace("12", "13"), None).unwrap_err().contains("not as it was signed"));
        let strange = serde_json::to_string(&sign(&others, "{\"mailboxes\": 13}")).unwrap();
        assert!(verified(&strange, Some(&public)).unwrap_err().contains("not the key that was asked for"));
        assert!(verified("{}", None).is_err() && verified("", None).is_err());
        assert_eq!(public, sign(&ours, "").public, "one key for all reports");
    }
}
