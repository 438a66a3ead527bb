//! Until `mail` has its summary.
#![allow(missing_docs)]
pub struct Summary(Vec<u8>);
impl Summary {
    pub fn of(raw: &[u8]) -> Self { Self(raw.iter().take(64).copied().collect()) }
    pub fn encode(&self) -> Vec<u8> { self.0.clone() }
    pub fn decode(b: &[u8]) -> Result<Self, ()> { Ok(Self(b.to_vec())) }
}
