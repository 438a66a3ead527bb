//! Names of the mail world: records as values, how they change, and who says what right now.
//!
//! ```text
//!   RecordPlan (before -> after, and the way back)
//!        │ apply: one UPDATE, compare-and-swap, TSIG          zone::Server
//!        ▼                                                    (own authority, takes UPDATE)
//!   rfc2136::Provider ──> primary authority ──> secondaries
//!                               ▲                   ▲
//!   Authorities::ask ───────────┴───────────────────┘  every address of every NS, asked directly
//!   Resolver ──> a recursive resolver                  what partners see: MX, A, AAAA, TXT
//! ```
//!
//! When to change records is `failover`'s decision, and doing it is `server`'s.

mod authorities;
mod clock;
mod error;
mod exchange;
mod name;
mod plan;
mod record;
mod resolver;
pub mod rfc2136;
mod tsig;
mod wire;
pub mod zone;

pub use authorities::{Answer, Authorities, Round, Seen};
pub use error::{DnsError, Result};
pub use name::Name;
pub use plan::{Change, RecordPlan};
pub use record::{Data, Kind, RecordSet};
pub use resolver::{MxAnswer, Resolver};
pub use tsig::Key;
