//! The SMTP listeners of the configuration.

use std::sync::Arc;

use anyhow::Result;
use identity::Identity;
use smtp::driver::{Service, serve};
use smtp::session::Settings;
use smtp::{Limits, Mode, Reception, Room};
use store::directory::Directory;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::addressing::Addressing;
use super::inbound::Inbound;
use super::submission::Submission;
use crate::config::Config;
use crate::listen::bind_all;
use crate::metrics::ReceptionFigures;
use crate::outbound;

/// What the listeners work with.
pub struct Parts<'a> {
    /// Whom an address means.
    pub addressing: &'a Arc<Addressing>,
    /// Who signs in.
    pub directory: &'a Directory,
    /// How.
    pub identity: &'a Identity,
    /// Our certificate.
    pub tls: &'a Arc<rustls::ServerConfig>,
    /// What is counted.
    pub figures: &'a ReceptionFigures,
}

/// Binds and serves all SMTP listeners; they end with `shutdown`. Returns what takes our staff's mail, for the webmail.
///
/// # Errors
/// An address that cannot be listened on, a DKIM key that cannot be used.
pub async fn start(
    parts: Parts<'_>,
    config: &Config,
    tasks: &mut JoinSet<()>,
    shutdown: &watch::Receiver<bool>,
) -> Result<Arc<Submission>> {
    let hostname = config.hostname();
    let inbound = Inbound::new(Arc::clone(parts.addressing), &hostname, parts.figures.clone());
    let signers = Arc::new(outbound::signers(config)?);
    let submission = Submission::new(
        Arc::clone(parts.addressing),
        (parts.directory.clone(), parts.identity.clone()),
        signers,
        &hostname,
        parts.figures.clone(),
    );
    let room = Room::of(config.smtp.held_max_bytes);
    let plain = |mode| Listening { config, tls: parts.tls, mode, implicit_tls: false, room: room.clone() };
    let (reception, starttls) = (plain(Mode::Reception), plain(Mode::Submission));
    let implicit = Listening { implicit_tls: true, ..plain(Mode::Submission) };
    let (inbound, submission) = (Arc::new(inbound), Arc::new(submission));
    reception.open(bind_all("smtp.listen", &config.smtp.listen).await?, &inbound, tasks, shutdown);
    starttls.open(bind_all("submission.listen", &config.submission.listen).await?, &submission, tasks, shutdown);
    implicit.open(
        bind_all("submission.listen_tls", &config.submission.listen_tls).await?,
        &submission,
        tasks,
        shutdown,
    );
    Ok(submission)
}

/// One kind of listener.
struct Listening<'a> {
    config: &'a Config,
    tls: &'a Arc<rustls::ServerConfig>,
    mode: Mode,
    implicit_tls: bool,
    /// Shared by all of them.
    room: Room,
}

impl Listening<'_> {
    fn open<R: Reception>(
        &self,
        listeners: Vec<TcpListener>,
        reception: &Arc<R>,
        tasks: &mut JoinSet<()>,
        shutdown: &watch::Receiver<bool>,
    ) {
        for listener in listeners {
            let service = Service {
                reception: Arc::clone(reception),
                settings: Arc::new(self.settings()),
                tls: Some(Arc::clone(self.tls)),
                implicit_tls: self.implicit_tls,
            };
            tasks.spawn(serve(listener, service, shutdown.clone()));
        }
    }

    fn settings(&self) -> Settings {
        let smtp = &self.config.smtp;
        let limits = Limits {
            size_max_bytes: smtp.size_max_bytes,
            recipients_max: smtp.recipients_max,
            connections_max: smtp.connections_max,
            connections_per_peer_max: smtp.connections_per_peer_max,
            command_s: smtp.command_s,
            data_block_s: smtp.data_block_s,
            ..Limits::default()
        };
        Settings {
            hostname: self.config.hostname(),
            mode: self.mode,
            starttls: !self.implicit_tls,
            limits,
            room: self.room.clone(),
        }
    }
}
