//! The admin console: its own listener, origin, cookie and identities.
//!
//! ```text
//!   /             state, readiness with what to do           /run          steps, times, signatures, checklists
//!   /start        drill, planned, emergency                  /runs         what was
//!   /failover/..  reason ─> findings, records ─> confirm      /failback     preview ─> signatures ─> reconciliation
//!   /sync /queue /keys /audit /people /counter
//!
//!   every POST: the guard's token, the desk or the store, one audit entry under the admin's name, 303
//! ```
//!
//! Plain forms and links. The run page asks for itself again while something moves; forms stand on pages of
//! their own that never do.

mod audit;
mod clean_point;
pub mod desk;
mod drill;
mod failback;
mod home;
mod keys;
mod people;
mod queue;
mod refused;
mod run;
mod runs;
mod seat;
mod slip;
mod start;
mod sync;
#[cfg(test)]
mod tests;
mod texts;
mod texts_found;
mod texts_long;

use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use axum::{Extension, Router};

pub use desk::Desk;

use self::seat::Console;
use self::slip::Slips;
use crate::trouble::dress;
use crate::{House, account, assets, guard, sign_in};

/// All pages of the admins.
pub fn router(house: House, desk: Arc<dyn Desk>) -> Router {
    let console = Arc::new(Console { desk, slips: Slips::default() });
    let guarded = pages()
        .merge(account::console_router())
        .layer(Extension(console))
        .layer(from_fn_with_state(house.clone(), guard::admin));
    let open = sign_in::console_router().layer(from_fn(guard::open));
    Router::new()
        .merge(guarded)
        .merge(open)
        .merge(assets::router())
        .layer(from_fn_with_state(house.clone(), dress))
        .with_state(house)
}

fn pages() -> Router<House> {
    Router::new()
        .route("/", get(home::show))
        .route("/check", post(home::check))
        .route("/start", get(start::entries))
        .route("/drill", get(drill::show).post(drill::check))
        .route("/failover/{kind}", get(start::reason))
        .route("/failover/{kind}/findings", post(start::findings))
        .route("/failover/{kind}/confirm", post(start::confirm))
        .route("/failover/{kind}/start", post(start::send))
        .merge(run_pages())
        .route("/failback", get(failback::show))
        .route("/failback/start", post(failback::start))
        .route("/failback/withdraw", post(failback::withdraw))
        .route("/failback/finish", get(failback::ask_finish).post(failback::finish))
        .route("/sync", get(sync::show).post(sync::steer))
        .route("/keys", get(keys::show).post(keys::give))
        .route("/queue", get(queue::show).post(queue::steer))
        .route("/audit", get(audit::show))
        .route("/audit/verify", post(audit::verify))
        .route("/audit/export", get(audit::export))
        .route("/people", get(people::list))
        .route("/people/slips", post(slip::many))
        .route("/person/{id}", get(people::one))
        .route("/person/{id}/slip", post(slip::one))
        .route("/person/{id}/sessions", post(people::end_sessions))
        .route("/person/{id}/second", post(people::forget_second))
        .route("/counter", get(people::counter))
}

fn run_pages() -> Router<House> {
    Router::new()
        .route("/run", get(run::show))
        .route("/run/live", get(run::live))
        .route("/run/fence", get(run::ask_fence))
        .route("/run/tell", get(run::ask_tell))
        .route("/run/records", get(run::ask_records))
        .route("/run/confirm", post(run::confirm))
        .route("/run/approve", post(run::approve))
        .route("/run/abort", get(run::ask_abort).post(run::abort))
        .route("/run/clean-point", get(clean_point::show).post(clean_point::send))
        .route("/run/again", post(failback::again))
        .route("/runs", get(runs::list))
        .route("/runs/{id}", get(runs::one))
}
