//! An authority of our own, for the demo and for zones that nobody else keeps.
//!
//! ```text
//!   query ── UDP, TCP ──> answer(&Zones)          exact match, alias, NXDOMAIN or NODATA with SOA
//!   UPDATE ── TSIG checked ──> update(&Zone) ──> a new Zone, or a refusal and the old one
//! ```
//!
//! Zones live in memory. No delegation, wildcards, transfer or DNSSEC.

mod answer;
mod data;
mod server;
mod update;

pub use data::Zone;
pub use server::Server;
