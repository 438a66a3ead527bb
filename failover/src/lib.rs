//! The heart: what to do next, from what was seen. No I/O, no clock, no chance.
//!
//! ```text
//!   observe ──> plan(&Observation, now) ──> Decision { findings, phase, run, commands, says }
//!      ▲                                         │ store run and phase
//!      └──────────── run the commands <──────────┘
//!
//!   standby ──start──> failover ──mail switched──> active ──start──> failback ──finish──> standby
//!      ▲                  │
//!      └─────abort────────┘  before the first accepted message
//! ```
//!
//! Steps are judged by facts, not by memory, wherever the fact can be seen: whoever crashes between storing
//! and acting, or between acting and storing, sees on waking what is missing and does that.
//! Observing, storing and acting are `server`'s.

mod course;
mod decision;
mod failback;
mod finding;
mod observation;
mod phase;
mod plan;
mod readiness;
mod run;
mod says;
mod step;
mod switch;
mod walk_back;

#[cfg(test)]
mod convergence;

pub use decision::{Command, Decision};
pub use finding::{Finding, Severity, Verdict, verdict};
pub use observation::{
    Age, Backups, Certificate, Fact, MxHost, Observation, QueueState, Readiness, Records, Rotation, SealState,
    ServerSeen, Shows, SignIn,
};
pub use phase::Phase;
pub use plan::plan;
pub use readiness::readiness;
pub use run::{Approval, CleanPoint, NotAllowed, Order, Run, RunKind};
pub use says::{At, Matter, Says};
pub use step::{Progress, Step, StepRow};
