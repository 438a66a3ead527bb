//! The binary `relais`: configuration, wiring, executor, commands, control socket, metrics.
//!
//! ```text
//!   cli ──> serve ── builds ──> store, reception, mailbox, sync, executor, outbound, metrics   (one task each)
//!    │                              ▲
//!    └──> control (Unix socket) ────┘   every other command asks a running server, one JSON line at a time
//! ```
//!
//! Wiring is the only place that knows all rooms; each part is handed what it needs and no more.

mod audit;
mod backup;
mod cli;
mod clock;
mod config;
mod console;
mod control;
mod demo;
mod executor;
mod failback;
mod fence;
mod gauges;
mod indexing;
mod keys;
mod listen;
mod logging;
mod mailbox;
mod metrics;
mod outbound;
mod posture;
mod queue;
mod reception;
mod secrets;
mod serve;
mod sweeping;
mod sync;
mod terminal;
mod tls;
mod webmail;
mod witness;

use std::process::ExitCode;

use clap::Parser;

/// The system's allocator keeps what a burst needed; this one gives it back, and costs less a call.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => {
            terminal::remark(format_args!("relais: cannot start: {cause}\n"));
            return ExitCode::from(2);
        }
    };
    runtime.block_on(cli::run(command))
}
