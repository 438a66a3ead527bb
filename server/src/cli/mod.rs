//! The commands, one file a family. Each reads its words and either works on files (`init`, `keys`, `migrate`),
//! becomes a server (`serve`, `demo`), or asks a running one ([`crate::control`]).

pub mod admin;
pub mod audit;
mod backup;
mod check;
mod demo;
mod failback;
mod failover;
pub mod history;
mod init;
mod keys;
mod migrate;
pub mod people;
mod queue;
pub mod region;
mod restore;
mod serve;
mod status;
mod sync;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::terminal::remark;

/// Email continuity: an always-on standby that takes over an organisation's mail, and gives it back.
#[derive(Debug, Parser)]
#[command(name = "relais", version, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the whole story on loopback, or stay in it: no set-up needed
    Demo(demo::Demo),
    /// Write a commented relais.toml and keys into a folder
    Init(init::Init),
    /// Run
    Serve(serve::Serve),
    /// Could we take over now? Exit status 0 ready, 1 not, 2 could not tell
    Check(check::Check),
    /// The phase, what is happening, and the progress of a running switch
    Status(status::Status),
    /// Take over the organisation's mail
    Failover(failover::Failover),
    /// Give it back
    Failback(failback::Failback),
    /// Copying from the primary
    Sync(sync::Sync),
    /// How long mail is kept, legal holds, and what was removed
    History(history::History),
    /// Who is in the directory, and who can sign in
    People(people::People),
    /// Who may use the console
    Admin(admin::Admin),
    /// Mail that waits to go out
    Queue(queue::Queue),
    /// The log of who did what when
    Audit(audit::Audit),
    /// Where mailboxes are kept
    Region(region::Regions),
    /// Unlock keys
    Keys(keys::Keys),
    /// Copy the store to the place of [backup] now; it is done by itself, too
    Backup(backup::Backup),
    /// Look whether a backup is whole, or put one back as a data folder
    Restore(restore::Restore),
    /// Bring the data folder to this release
    Migrate(migrate::Migrate),
}

/// Runs a command; errors go to standard error with what to do next, exit status 2.
pub async fn run(cli: Cli) -> ExitCode {
    match dispatch(cli.command).await {
        Ok(status) => status,
        Err(error) => {
            remark(format_args!("relais: {error:#}\n"));
            ExitCode::from(2)
        }
    }
}

async fn dispatch(command: Command) -> Result<ExitCode> {
    match command {
        Command::Demo(demo) => demo.run().await,
        Command::Init(init) => init.run(),
        Command::Serve(serve) => serve.run().await,
        Command::Check(check) => check.run().await,
        Command::Status(status) => status.run().await,
        Command::Failover(failover) => failover.run().await,
        Command::Failback(failback) => failback.run().await,
        Command::Sync(sync) => sync.run().await,
        Command::History(history) => history.run().await,
        Command::People(people) => people.run().await,
        Command::Admin(admin) => admin.run().await,
        Command::Queue(queue) => queue.run().await,
        Command::Audit(audit) => audit.run().await,
        Command::Region(region) => region.run().await,
        Command::Keys(keys) => keys.run().await,
        Command::Backup(backup) => backup.run().await,
        Command::Restore(restore) => restore.run().await,
        Command::Migrate(migrate) => migrate.run().await,
    }
}
