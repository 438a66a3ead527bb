//! The stage on which Relais is shown: an organisation, its primary, a partner and their DNS, in one process.
//!
//! ```text
//!   Partner ── MX? ──> Authority (dns::zone)          staff, letters: who writes what to whom
//!      │  └─ SMTP ─> Primary | Relais
//!      └< Letterbox <─────────┘
//! ```
//!
//! Everything speaks its real protocol over loopback. The lab in `tests` does the same with servers that
//! nobody here wrote; this stage needs nothing installed.

pub mod authority;
mod certificate;
mod correspondent;
mod error;
pub mod letters;
mod partner;
pub mod primary;
mod signature;
pub mod staff;
mod stage;

pub use certificate::Certificate;
pub use correspondent::{Correspondent, Written};
pub use error::StageError;
pub use partner::{Got, Letterbox, PARTNER_DOMAIN, Partner, Taken};
pub use stage::{Cues, Stage};
