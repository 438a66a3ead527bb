//! PostgreSQL, and a replica that has whatever was committed (synchronous replication).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::daemon::Daemon;
use super::net::{Host, Net};
use super::run::succeed;
use crate::wait::until_true;

const PORT: u16 = 5432;
/// Whoever is on the lab's switch is let in: there is nobody else.
const ADMISSION: &str = "host all all 198.51.100.0/24 trust\nhost replication all 198.51.100.0/24 trust\n";

/// A running server.
pub struct Postgres {
    daemon: Daemon,
    host: Host,
}

impl Postgres {
    /// Makes a cluster with an empty database `relais`, and starts it. It syncs what it commits.
    pub fn start(net: &Net, dir: &Path, host: Host) -> Result<Self> {
        let data = home(dir)?.join("primary");
        succeed(as_postgres(&mut net.command(host, "setpriv"), "initdb")?.arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]))?;
        append(&data.join("postgresql.conf"), "wal_level = replica\nmax_wal_senders = 4\nshared_buffers = 32MB\n")?;
        append(&data.join("pg_hba.conf"), ADMISSION)?;
        let server = Self::run(net, dir, &data, host)?;
        server.ask(net, "postgres", "CREATE DATABASE relais")?;
        Ok(server)
    }

    /// A replica of this server; from now on a commit waits until it has it.
    pub fn replica(&self, net: &Net, dir: &Path, host: Host) -> Result<Self> {
        let data = home(dir)?.join("replica");
        let source = format!("application_name=replica host={} user=postgres port={PORT}", self.host.address());
        succeed(
            as_postgres(&mut net.command(host, "setpriv"), "pg_basebackup")?
                .arg("-D")
                .arg(&data)
                .args(["-R", "-X", "stream", "-C", "-S", "replica", "-c", "fast", "-d", &source]),
        )?;
        let replica = Self::run(net, dir, &data, host)?;
        self.ask(net, "postgres", "ALTER SYSTEM SET synchronous_standby_names = 'replica'")?;
        self.ask(net, "postgres", "SELECT pg_reload_conf()")?;
        until_true("the replica to be synchronous", || {
            Ok(self.ask(net, "postgres", "SELECT sync_state FROM pg_stat_replication")?.trim() == "sync")
        })?;
        Ok(replica)
    }

    fn run(net: &Net, dir: &Path, data: &Path, host: Host) -> Result<Self> {
        let mut command = net.command(host, "setpriv");
        as_postgres(&mut command, "postgres")?.arg("-D").arg(data).args(["-c", "unix_socket_directories="]);
        command.arg("-p").arg(PORT.to_string()).arg("-c").arg(format!("listen_addresses={}", host.address()));
        let mut daemon = Daemon::start(&mut command, dir, &format!("postgres-{host:?}"))?;
        daemon.wait_for_port(net, host, PORT)?;
        let server = Self { daemon, host };
        // It listens before it is ready.
        until_true("PostgreSQL to answer", || Ok(server.ask(net, "postgres", "SELECT 1")?.trim() == "1"))?;
        Ok(server)
    }

    /// `kill -9`.
    pub fn kill_hard(&mut self) -> Result<()> {
        self.daemon.kill_hard()
    }

    /// Makes a replica the primary.
    pub fn promote(&self, net: &Net) -> Result<()> {
        let promoted = self.ask(net, "postgres", "SELECT pg_promote(true, 30)")?;
        ensure!(promoted.trim() == "t", "pg_promote says {promoted:?}");
        Ok(())
    }

    /// All tables of a database, as `pg_dump` writes them.
    pub fn dump(&self, net: &Net, database: &str) -> Result<String> {
        let mut command = net.command(Host::Admin, "pg_dump");
        succeed(command.args(["-h", &self.host.address(), "-p", &PORT.to_string(), "-U", "postgres", database]))
    }

    /// What a statement answers, a line a row.
    pub fn ask(&self, net: &Net, database: &str, sql: &str) -> Result<String> {
        let mut command = net.command(Host::Admin, "psql");
        command.args(["-h", &self.host.address(), "-p", &PORT.to_string(), "-U", "postgres", "-Atc", sql, database]);
        succeed(&mut command)
    }
}

/// The URL of a database whose primary is one of `hosts`.
pub fn url(hosts: &[Host]) -> String {
    let hosts: Vec<String> = hosts.iter().map(|host| format!("{}:{PORT}", host.address())).collect();
    format!("postgres://postgres@{}/relais", hosts.join(","))
}

/// It refuses to run as root.
fn as_postgres<'a>(command: &'a mut Command, program: &str) -> Result<&'a mut Command> {
    command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]);
    Ok(command.arg(programs()?.join(program)).current_dir("/"))
}

/// Debian has the programs of each version in a folder of their own.
fn programs() -> Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").context("no PostgreSQL is installed")?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("initdb").exists()).max().context("no PostgreSQL is installed")
}

fn home(dir: &Path) -> Result<PathBuf> {
    let home = dir.join("postgres");
    if !home.exists() {
        std::fs::create_dir_all(&home)?;
        succeed(Command::new("chown").arg("postgres:").arg(&home))?;
    }
    Ok(home)
}

fn append(file: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    Ok(std::fs::File::options().append(true).open(file)?.write_all(text.as_bytes())?)
}
