//! The running demo: stage and service, and the orders that both `--once` and a person give.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use deploy::staff::{DOMAIN, PASSWORD};
use deploy::{Certificate, Stage};
use identity::{Secret, app_password, password};
use store::directory::{AsOf, Credential, Owner};

use super::installation::Installation;
use super::ports::Ports;
use crate::clock;
use crate::config::Config;
use crate::control::{Answer, FailbackRequest, FailoverRequest, PeopleRequest, Request, SyncRequest, converse};
use crate::logging;
use crate::serve::Running;

/// The admins of the console: who goes back needs a second signature.
const ADMINS: [&str; 2] = ["dsi", "dgs"];

/// Stage and service.
pub struct House {
    /// Where everything listens.
    pub ports: Ports,
    /// Primary, partner, DNS.
    pub stage: Stage,
    /// The data folder.
    pub data: PathBuf,
    /// The folder of the installation.
    pub dir: PathBuf,
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
        let (data, socket) = (config.data.clone(), config.control_socket());
        Ok(Self { ports, stage, data, dir: dir.to_owned(), socket, running })
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
    pub async fn app_password(&self, login: &str) -> Result<String> {
        self.invite(login, "app_password").await
    }

    /// `relais people invite`
    ///
    /// # Errors
    /// When nobody has this address.
    pub async fn activation_code(&self, login: &str) -> Result<String> {
        self.invite(login, "activation_code").await
    }

    async fn invite(&self, login: &str, with: &str) -> Result<String> {
        let (address, app_password) = (format!("{login}@{DOMAIN}"), with == "app_password");
        let invite = PeopleRequest::Invite { address, app_password, label: "demo".to_owned() };
        let answer = self.order(Request::People(invite)).await?;
        let secret = answer.json.get(with).and_then(|value| value.as_str()).map(str::to_owned);
        secret.with_context(|| format!("no {with} in the answer"))
    }

    /// Gives everybody the password that documents name, as a chosen one and as an app password, and the admins too. It
    /// exists nowhere but in the demo.
    ///
    /// # Errors
    /// Those of the store, or no memory for the hashes.
    pub async fn give_everybody_the_password(&self) -> Result<()> {
        let (directory, keys) = (self.running.store().directory(), self.running.identity().keys().clone());
        let people = directory.entries(AsOf::Now).await?.into_iter().filter(|entry| entry.can_sign_in);
        let mut owners: Vec<Owner> = people.map(|entry| Owner::Entry(entry.id)).collect();
        owners.extend(ADMINS.map(|name| Owner::Admin(name.to_owned())));
        let credentials = tokio::task::spawn_blocking(move || {
            let (secret, now) = (Secret::from_text(PASSWORD), clock::now());
            let chosen = owners.iter().map(|owner| password::credential(&keys, owner, PASSWORD, now));
            let chosen: Vec<Credential> = chosen.collect::<Result<_, _>>()?;
            let staff = owners.iter().filter(|owner| matches!(owner, Owner::Entry(_)));
            let apps = staff.map(|owner| app_password::credential(&keys, owner, &secret, "demo", now));
            anyhow::Ok(chosen.into_iter().chain(apps).collect())
        });
        Ok(directory.add_credentials(credentials.await??).await?)
    }
}
