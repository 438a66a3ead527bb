//! Looking from outside: a mail program, a submission client and a watcher of DNS that know nothing of Relais
//! but addresses and passwords.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use dns::{MxAnswer, Name, Resolver};
use imap::client::{Client, Security, Settings, Wanted};
use mail::{Address, Envelope, Flags, ForwardPath, Reply, ReversePath, SystemFlags, Timestamp};
use smtp::client::{Connection, Credentials, Mail, Target, Timeouts, TlsPolicy, unverified_tls};
use tokio::task::JoinHandle;

/// Somebody's mailbox at some server, and the way to get in.
#[derive(Clone, Debug)]
pub struct MailProgram {
    /// The server, TLS from the first byte on.
    pub server: (Ipv4Addr, u16),
    /// The sign-in name.
    pub login: String,
    /// The password.
    pub password: String,
}

/// A message as a mail program sees it.
#[derive(Clone, Debug)]
pub struct Lying {
    /// The folder.
    pub folder: String,
    /// Its UID there.
    pub uid: u32,
    /// Its flags.
    pub flags: Flags,
    /// INTERNALDATE.
    pub received_at: Option<Timestamp>,
    /// The message.
    pub raw: Vec<u8>,
}

impl Lying {
    /// Whether it has this Message-ID.
    #[must_use]
    pub fn is(&self, message_id: &str) -> bool {
        smtp::header::value_of(&self.raw, "Message-ID").is_some_and(|id| id == message_id)
    }
}

impl MailProgram {
    async fn open(&self) -> Result<Client> {
        let (host, port) = self.server;
        let settings = Settings::new(&host.to_string(), port, Security::Tls(unverified_tls()?));
        let mut client = Client::connect(&settings).await?;
        client.login(&self.login, &self.password).await.with_context(|| format!("{} cannot sign in", self.login))?;
        Ok(client)
    }

    /// Everything in every folder.
    ///
    /// # Errors
    /// When the server does not let us.
    pub async fn everything(&self) -> Result<Vec<Lying>> {
        let mut client = self.open().await?;
        let mut all = Vec::new();
        for folder in client.list().await?.into_iter().filter(|folder| folder.selectable) {
            let entered = client.examine(&folder, None).await?;
            if entered.status.messages == 0 {
                continue;
            }
            for message in client.fetch_all("1:*", Wanted::Whole).await? {
                all.push(Lying {
                    folder: folder.path.clone(),
                    uid: message.uid,
                    flags: message.flags.unwrap_or_default(),
                    received_at: message.received_at,
                    raw: message.body.unwrap_or_default(),
                });
            }
        }
        client.logout().await;
        Ok(all)
    }

    /// How many messages there are in all.
    ///
    /// # Errors
    /// As for [`Self::everything`].
    pub async fn count(&self) -> Result<usize> {
        let mut client = self.open().await?;
        let mut count = 0;
        for folder in client.list().await?.into_iter().filter(|folder| folder.selectable) {
            count += usize::try_from(client.examine(&folder, None).await?.status.messages)?;
        }
        client.logout().await;
        Ok(count)
    }

    /// Deletes a message for good.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn delete(&self, message: &Lying) -> Result<()> {
        let mut client = self.at(message).await?;
        client.remove(message.uid).await?;
        client.logout().await;
        Ok(())
    }

    /// Marks a message as read and answered.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn mark_answered(&self, message: &Lying) -> Result<()> {
        let mut client = self.at(message).await?;
        let flags = Flags { system: SystemFlags::SEEN | SystemFlags::ANSWERED, ..message.flags.clone() };
        client.set_flags(&message.uid.to_string(), &flags).await?;
        client.logout().await;
        Ok(())
    }

    /// A session in the message's folder.
    async fn at(&self, message: &Lying) -> Result<Client> {
        let mut client = self.open().await?;
        let folders = client.list().await?;
        let folder = folders.iter().find(|folder| folder.path == message.folder).context("the folder is gone")?;
        client.select(folder).await?;
        Ok(client)
    }

    /// Puts a message into the inbox with whatever received time one likes.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn put(&self, raw: &[u8], received_at: Timestamp) -> Result<()> {
        let mut client = self.open().await?;
        let folders = client.list().await?;
        let inbox = folders.iter().find(|folder| folder.path == "INBOX").context("there is no inbox")?;
        client.append(inbox, raw, &Flags::default(), received_at).await?;
        client.logout().await;
        Ok(())
    }
}

/// Sends from a mail program, by submission with STARTTLS.
///
/// # Errors
/// When the server cannot be reached or the sign-in is refused.
pub async fn submit(port: u16, who: &MailProgram, to: &Address, raw: Vec<u8>) -> Result<Reply> {
    let target = Target {
        host: "relais".to_owned(),
        address: SocketAddr::new(IpAddr::V4(who.server.0), port),
        tls: TlsPolicy::Required,
        credentials: Some(Credentials { login: who.login.clone(), password: who.password.clone() }),
    };
    let settings = client_settings("workstation.mairie.test")?;
    let mut connection = Connection::open(&target, &settings).await?;
    let reverse_path = ReversePath::Address(who.login.parse()?);
    let verdicts = connection.send(&Mail { envelope: envelope(reverse_path, to), raw: Arc::new(raw) }).await?;
    connection.quit().await;
    verdicts.into_iter().next().map(|verdict| verdict.reply).context("no answer")
}

/// Tries to hand over mail at an address without asking DNS.
///
/// # Errors
/// When nobody listens there.
pub async fn try_host(address: SocketAddr, from: &Address, to: &Address, raw: Vec<u8>) -> Result<Reply> {
    let target = Target { host: "host".to_owned(), address, tls: TlsPolicy::Opportunistic, credentials: None };
    let mut connection = Connection::open(&target, &client_settings("elsewhere.test")?).await?;
    let reverse_path = ReversePath::Address(from.clone());
    let verdicts = connection.send(&Mail { envelope: envelope(reverse_path, to), raw: Arc::new(raw) }).await?;
    connection.quit().await;
    verdicts.into_iter().next().map(|verdict| verdict.reply).context("no answer")
}

fn client_settings(name: &str) -> Result<smtp::client::Settings> {
    Ok(smtp::client::Settings { name: name.to_owned(), tls: unverified_tls()?, timeouts: Timeouts::default() })
}

fn envelope(reverse_path: ReversePath, to: &Address) -> Envelope {
    Envelope {
        reverse_path,
        recipients: vec![ForwardPath::Address(to.clone()).into()],
        body_8bit: true,
        smtputf8: false,
        envelope_id: None,
    }
}

/// The hosts that a domain's MX names now.
///
/// # Errors
/// When DNS does not answer.
pub async fn mx_hosts(resolver: &Resolver, domain: &str) -> Result<Vec<String>> {
    let name = Name::parse(domain)?;
    resolver.forget(&name, dns::Kind::Mx);
    match resolver.mx(&name).await? {
        MxAnswer::Hosts(hosts) => Ok(hosts.into_iter().map(|(_, host)| host.to_string()).collect()),
        MxAnswer::Implicit(_) | MxAnswer::Null | MxAnswer::NoDomain => Ok(Vec::new()),
    }
}

/// Asks for the MX all the time, and remembers when it named nobody.
pub struct Watcher(JoinHandle<Watched>);

/// What a watcher saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watched {
    /// How often it asked.
    pub asked: usize,
    /// How often the set was empty.
    pub empty: usize,
}

impl Watcher {
    /// Watches until the MX names `host` alone; at most a minute.
    #[must_use]
    pub fn until_named(resolver: Resolver, domain: &'static str, host: &'static str) -> Self {
        Self(tokio::spawn(async move {
            let mut watched = Watched::default();
            let watching = async {
                loop {
                    let Ok(hosts) = mx_hosts(&resolver, domain).await else { continue };
                    watched.asked += 1;
                    watched.empty += usize::from(hosts.is_empty());
                    if hosts == [host] {
                        return;
                    }
                    // DNS tells nobody when it changes: the answer ends the wait.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(60), watching).await;
            watched
        }))
    }

    /// What it saw.
    ///
    /// # Errors
    /// When the set was ever empty, or was never asked for.
    pub async fn ended(self) -> Result<Watched> {
        let watched = self.0.await?;
        if watched.asked == 0 || watched.empty > 0 {
            bail!("the MX was empty {} times of {}", watched.empty, watched.asked);
        }
        Ok(watched)
    }
}
