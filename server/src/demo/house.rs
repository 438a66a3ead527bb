//! The running demo: stage and service, and the orders that both `--once` and a person give.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use deploy::staff::{DOMAIN, PASSWORD};
use deploy::{Certificate, Stage};
use identity::{Secret, app_password};
use store::directory::{AsOf, Owner};

use super::installation::Installation;
use super::ports::Ports;
use crate::clock;
use crate::config::Config;
use crate::control::{Answer, FailbackRequest, FailoverRequest, PeopleRequest, Request, SyncRequest, converse};
use crate::logging;
use crate::serve::Running;

/// Stage and service.
pub struct House {
    /// Where everything listens.
    pub ports: Ports,
    /// Primary, partner, DNS.
    pub stage: Stage,
    /// The data folder.
    pub data: PathBuf,
    socket: PathBuf,
    running: Running,
}

impl House {
    /// Lays out the folder, sets the stage, starts the service.
    ///
    /// # Errors
    /// When a port is taken or the folder cannot be used.
    pub async fn open(dir: &Path, ports: Ports) -> Result<Self> {
        let certificate = Certificate::for_primary()?;
        let installation = Installation::lay_out(dir, &ports, certificate.pem())?;
        let cues = deploy::Cues {
            smtp: ports.smtp,
            imap_tls: ports.imap_tls,
            dns: ports.dns,
            update_key: &installation.update_key,
            dkim_record: (&installation.dkim_record.0, &installation.dkim_record.1),
            clock: clock::now,
        };
        let stage = Stage::set(&cues, certificate).await?;
        let config = Config::load(&installation.config())?;
        logging::start(&config.log)?;
        let running = Running::start(&config).await?;
        Ok(Self { ports, stage, data: config.data.clone(), socket: config.control_socket(), running })
    }

    /// Ends the service, then the stage.
    pub async fn close(self) {
        self.running.stop().await;
    }

    /// Gives an order as the operator's command does, over the control socket.
    ///
    /// # Errors
    /// What the command would print.
    pub async fn order(&self, request: Request) -> Result<Answer> {
        converse(&self.socket, &request, |_| {}).await
    }

    /// `relais sync now`
    ///
    /// # Errors
    /// When the primary could not be read.
    pub async fn sync_now(&self) -> Result<Answer> {
        self.order(Request::Sync(SyncRequest::Now)).await
    }

    /// `relais failover start`
    ///
    /// # Errors
    /// When it is refused.
    pub async fn take_over(&self, clean_point: &str) -> Result<Answer> {
        let start =
            FailoverRequest::Start { clean_point: clean_point.to_owned(), reason: "demo".to_owned(), detach: false };
        self.order(Request::Failover(start)).await
    }

    /// `relais failback start`
    ///
    /// # Errors
    /// When it is refused.
    pub async fn give_back(&self) -> Result<Answer> {
        let start = FailbackRequest::Start {
            full: false,
            approved_by: vec!["dsi".to_owned(), "maire".to_owned()],
            detach: false,
        };
        self.order(Request::Failback(start)).await
    }

    /// `relais people invite --app-password`
    ///
    /// # Errors
    /// When nobody has this address.
    pub async fn invite(&self, login: &str) -> Result<String> {
        let address = format!("{login}@{DOMAIN}");
        let invite = PeopleRequest::Invite { address, app_password: true, label: "demo".to_owned() };
        let answer = self.order(Request::People(invite)).await?;
        let password = answer.json.get("app_password").and_then(|value| value.as_str());
        password.map(str::to_owned).context("no app password in the answer")
    }

    /// Gives everybody the app password that documents name. It exists nowhere but in the demo.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn give_everybody_the_password(&self) -> Result<()> {
        let (directory, keys) = (self.running.store().directory(), self.running.identity().keys());
        let secret = Secret::from_text(PASSWORD);
        let people = directory.entries(AsOf::Now).await?.into_iter().filter(|entry| entry.can_sign_in);
        let credentials =
            people.map(|entry| app_password::credential(keys, &Owner::Entry(entry.id), &secret, "demo", clock::now()));
        Ok(directory.add_credentials(credentials.collect()).await?)
    }
}
