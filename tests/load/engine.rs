//! Which engine keeps the rows while something is measured.

use std::path::Path;

use anyhow::Result;
use tests::lab::World;
use tests::lab::config::Parts;
use tests::lab::net::Host;
use tests::lab::postgres::Postgres;

/// An engine of `store`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in the data folder.
    Embedded,
    /// PostgreSQL on another host of the lab, that is on this machine. It syncs what it commits.
    Postgres,
}

impl Engine {
    /// The configuration for it, and the server, which has to be kept as long as it is needed.
    pub fn parts(self, world: &World, dir: &Path, parts: Parts) -> Result<(Parts, Option<Postgres>)> {
        match self {
            Self::Embedded => Ok((parts, None)),
            Self::Postgres => {
                let server = Postgres::start(&world.net, dir, Host::Database)?;
                Ok((parts.with_database(&[Host::Database])?, Some(server)))
            }
        }
    }

    /// The name of a figure.
    pub const fn named(self, embedded: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Embedded => embedded,
            Self::Postgres => postgres,
        }
    }
}
