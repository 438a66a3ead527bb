//! The tables of `relais.toml`. What a key means is written in `deploy/relais.example.toml` for whoever sets it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use mail::{Domain, Region};
use serde::{Deserialize, Serialize};

use super::address;

/// `[smtp]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smtp {
    /// Where to listen for other organisations' servers.
    pub listen: Vec<SocketAddr>,
    /// Octets of a message.
    pub size_max_bytes: usize,
    /// Recipients of one transaction.
    pub recipients_max: usize,
    /// Connections at one time.
    pub connections_max: usize,
    /// Connections of one peer address at one time.
    pub connections_per_peer_max: usize,
    /// Octets that all messages on their way in may hold in memory.
    pub held_max_bytes: usize,
    /// Seconds for a whole command line.
    pub command_s: u64,
    /// Seconds for each block of message data.
    pub data_block_s: u64,
}

impl Default for Smtp {
    fn default() -> Self {
        let limits = smtp::Limits::default();
        Self {
            listen: address("0.0.0.0:25"),
            size_max_bytes: limits.size_max_bytes,
            recipients_max: limits.recipients_max,
            connections_max: limits.connections_max,
            connections_per_peer_max: limits.connections_per_peer_max,
            held_max_bytes: 512 * 1024 * 1024,
            command_s: limits.command_s,
            data_block_s: limits.data_block_s,
        }
    }
}

/// `[submission]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Submission {
    /// Where to listen with STARTTLS.
    pub listen: Vec<SocketAddr>,
    /// Where to listen with TLS from the first byte on.
    pub listen_tls: Vec<SocketAddr>,
}

impl Default for Submission {
    fn default() -> Self {
        Self { listen: address("0.0.0.0:587"), listen_tls: address("0.0.0.0:465") }
    }
}

/// `[imap]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Imap {
    /// Where to listen with STARTTLS.
    pub listen: Vec<SocketAddr>,
    /// Where to listen with TLS from the first byte on.
    pub listen_tls: Vec<SocketAddr>,
    /// Connections at one time.
    pub connections_max: usize,
    /// Octets that all messages on their way in by APPEND may hold in memory.
    pub held_max_bytes: usize,
}

impl Default for Imap {
    fn default() -> Self {
        Self {
            listen: address("0.0.0.0:143"),
            listen_tls: address("0.0.0.0:993"),
            connections_max: 2000,
            held_max_bytes: 256 * 1024 * 1024,
        }
    }
}

/// `[webmail]` and `[console]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webmail {
    /// Where browsers come in through a proxy that speaks TLS for us.
    pub listen: Vec<SocketAddr>,
    /// With TLS.
    pub listen_tls: Vec<SocketAddr>,
    /// What people type.
    pub origin: Option<String>,
    /// What passkeys are bound to.
    pub relying_party: Option<Domain>,
    /// `en`, `fr` or `de`
    pub language: Language,
    /// An IANA time zone; the system's when left out.
    pub timezone: Option<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// All that hangs on one message from a browser; what fits into `smtp.size_max_bytes`, if that is less.
    pub attachments_max_bytes: u64,
    /// Connections at one time.
    pub connections_max: usize,
}

impl Default for Webmail {
    fn default() -> Self {
        Self {
            listen: address("127.0.0.1:8080"),
            listen_tls: Vec::new(),
            origin: None,
            relying_party: None,
            language: Language::default(),
            timezone: None,
            proxies: Vec::new(),
            attachments_max_bytes: 25_000_000,
            connections_max: 1000,
        }
    }
}

impl Webmail {
    /// What browsers show; made up from `hostname` where it is left out.
    #[must_use]
    pub fn origin(&self, hostname: &str) -> String {
        let port = |listen: &[SocketAddr]| listen.first().map(SocketAddr::port);
        self.origin.clone().unwrap_or_else(|| match (port(&self.listen_tls), port(&self.listen)) {
            (Some(443), _) | (None, None) => format!("https://{hostname}"),
            (Some(port), _) => format!("https://{hostname}:{port}"),
            (None, Some(port)) => format!("http://localhost:{port}"),
        })
    }

    /// What passkeys are bound to: named, or the origin's host where that was named.
    #[must_use]
    pub fn relying_party(&self) -> Option<String> {
        let named = self.relying_party.as_ref().map(ToString::to_string);
        named.or_else(|| self.origin.as_deref().and_then(host_of).map(str::to_owned))
    }

    pub(super) fn wrong(&self, domains: &[Domain]) -> Option<String> {
        if let Some(what) = self.origin.as_deref().and_then(wrong_origin) {
            return Some(what);
        }
        if let Some(zone) = &self.timezone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            return Some(format!("timezone \"{zone}\" is not known; expected a name such as \"Europe/Paris\""));
        }
        let party = self.relying_party()?;
        // Whoever holds the primary's DNS could make a page under that name, to which browsers would show passkeys.
        let inside = |domain: &Domain| party == domain.as_str() || party.ends_with(&format!(".{domain}"));
        let domain = domains.iter().find(|domain| inside(domain))?;
        Some(format!(
            "passkeys cannot be bound to {party}, which lies in {domain}: give origin or relying_party outside the organisation's mail domains"
        ))
    }
}

/// What is wrong with an origin that people type.
fn wrong_origin(origin: &str) -> Option<String> {
    let Some(host) = host_of(origin).filter(|_| !origin.ends_with('/')) else {
        return Some(format!(
            "origin \"{origin}\" is not what people type, such as \"https://secours.example\", without a slash at the end"
        ));
    };
    let local = host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.");
    (origin.starts_with("http://") && !local).then(|| {
        format!(
            "origin \"{origin}\" would send passwords in the clear, and browsers keep no session there: say https://"
        )
    })
}

/// The host of `https://host` or `http://localhost:port`.
fn host_of(origin: &str) -> Option<&str> {
    let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))?;
    let host = rest.split(':').next().unwrap_or(rest).trim_end_matches('/');
    (!host.is_empty() && !host.contains(['/', '@', ' '])).then_some(host)
}

/// The language of whoever asks for none of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English
    #[default]
    En,
    /// French
    Fr,
    /// German
    De,
}

/// `[console]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Console {
    /// Where browsers come in through a proxy that speaks TLS for us.
    pub listen: Vec<SocketAddr>,
    /// With TLS.
    pub listen_tls: Vec<SocketAddr>,
    /// What admins type.
    pub origin: Option<String>,
}

impl Default for Console {
    fn default() -> Self {
        Self { listen: address("127.0.0.1:8081"), listen_tls: Vec::new(), origin: None }
    }
}

impl Console {
    pub(super) fn wrong(&self) -> Option<String> {
        self.origin.as_deref().and_then(wrong_origin)
    }

    /// What browsers show.
    #[must_use]
    pub fn origin(&self, hostname: &str) -> String {
        let alike = Webmail { listen: self.listen.clone(), listen_tls: self.listen_tls.clone(), ..Webmail::default() };
        self.origin.clone().unwrap_or_else(|| alike.origin(hostname))
    }
}

/// `[tls]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// Our certificate and those that vouch for it, PEM.
    pub certificate_file: Option<PathBuf>,
    /// Its private key, PEM.
    pub key_file: Option<PathBuf>,
}

/// `[metrics]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Where `/metrics` is.
    pub listen: MetricsListen,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { listen: MetricsListen(address("127.0.0.1:9464").pop()) }
    }
}

/// An address, or nowhere (an empty text).
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct MetricsListen(pub Option<SocketAddr>);

impl TryFrom<String> for MetricsListen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        let known = text.parse().map(|address| Self(Some(address)));
        known.map_err(|_| "expected an address and port such as \"127.0.0.1:9464\", or \"\" for none".to_owned())
    }
}

impl From<MetricsListen> for String {
    fn from(listen: MetricsListen) -> Self {
        listen.0.map(|address| address.to_string()).unwrap_or_default()
    }
}

/// Where the unlock key's private half comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnlockBy {
    /// A file.
    #[default]
    File,
    /// Shares that admins give.
    Quorum,
}

/// `[seal]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seal {
    /// The name of the place where content lies.
    pub region: Region,
    /// The country of that place, ISO 3166-1 alpha-2.
    pub country: String,
    /// The public half of the unlock key, base64.
    pub unlock_public: Option<String>,
    /// Where the private half comes from.
    pub unlock: UnlockBy,
    /// The ceremony whose shares are taken.
    pub ceremony: Option<String>,
    /// How many shares open it, as `relais keys split` said.
    pub shares_needed: u8,
    /// The private half; the file may be absent in standby.
    pub unlock_key_file: Option<PathBuf>,
}

impl Default for Seal {
    fn default() -> Self {
        Self {
            region: Region::default(),
            country: "FR".to_owned(),
            unlock_public: None,
            unlock: UnlockBy::File,
            ceremony: None,
            shares_needed: 2,
            unlock_key_file: None,
        }
    }
}

/// `[history]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct History {
    /// How many days of mail are kept.
    pub window_days: u32,
}

impl Default for History {
    fn default() -> Self {
        Self { window_days: 30 }
    }
}

/// How the directory is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectoryConnector {
    /// An LDAP server: Active Directory, OpenLDAP.
    Ldap,
    /// A file.
    Csv,
}

/// `[directory]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// How to read it.
    pub connector: DirectoryConnector,
    /// `ldap`: `ldaps://host` or `ldap://host`.
    #[serde(default)]
    pub url: Option<String>,
    /// `ldap`: whom to bind as.
    #[serde(default)]
    pub bind_dn: Option<String>,
    /// `ldap`: its password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// `ldap`: below what to search.
    #[serde(default)]
    pub base: Option<String>,
    /// `ldap`: the authority whose certificates are trusted; the system's when absent.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// `csv`: the file.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// How often to look, in seconds.
    #[serde(default = "a_minute")]
    pub poll_s: u64,
    /// Nobody is removed when more than this share of the entries, in percent, is gone at once.
    #[serde(default = "a_fifth")]
    pub deletions_max_percent: u32,
}

impl Directory {
    pub(super) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.password_file, &mut self.ca_file, &mut self.file].into_iter().flatten()
    }

    /// What its connector needs and has not.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        match self.connector {
            DirectoryConnector::Ldap if self.url.is_none() => Some("connector = \"ldap\" needs url".to_owned()),
            DirectoryConnector::Ldap if self.base.is_none() => Some("connector = \"ldap\" needs base".to_owned()),
            DirectoryConnector::Csv if self.file.is_none() => Some("connector = \"csv\" needs file".to_owned()),
            _ => None,
        }
    }
}

/// How mailboxes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PrimaryConnector {
    /// An IMAP server.
    Imap,
}

/// How a connection to the primary is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PrimaryTls {
    /// Not at all: only on a line that nobody else reads.
    None,
    /// By STARTTLS, which is then required.
    Starttls,
    /// From the first byte on.
    #[default]
    Tls,
}

/// `[primary]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Primary {
    /// How to read it.
    pub connector: PrimaryConnector,
    /// Its name, also in its certificate.
    pub host: String,
    /// Its port.
    #[serde(default = "imaps")]
    pub port: u16,
    /// How connections are protected.
    #[serde(default)]
    pub tls: PrimaryTls,
    /// The authority whose certificates are trusted; the system's when absent.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The sign-in name, `{address}` and `{local}` standing for the mailbox.
    pub login: String,
    /// The password that opens every mailbox under that name.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// How often to look, in seconds.
    #[serde(default = "ten_seconds")]
    pub poll_s: u64,
    /// Connections at one time.
    #[serde(default = "four")]
    pub connections: usize,
    /// Octets a second, all connections together; 0 for no limit.
    #[serde(default)]
    pub bytes_per_s: u64,
}

impl Primary {
    pub(super) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.password_file, &mut self.ca_file].into_iter().flatten()
    }

    /// What its connector needs and has not.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        if self.password_file.is_none() {
            return Some("connector = \"imap\" needs password_file".to_owned());
        }
        let named = self.login.contains("{address}") || self.login.contains("{local}");
        (!named).then(|| "login needs {address} or {local}, which stand for the mailbox".to_owned())
    }
}

/// A host that the MX names after the switch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MxTarget {
    /// The lowest is asked first.
    pub preference: u16,
    /// Its name.
    pub host: Domain,
}

/// The kinds of record that [[dns.also]] can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum AlsoKind {
    Txt,
    Cname,
    A,
    Aaaa,
}

/// `[[dns.also]]`: another record set that a failover changes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AlsoRecord {
    /// Whose.
    pub name: Domain,
    /// Which.
    pub kind: AlsoKind,
    /// All that is there after the switch; nothing when empty.
    pub after: Vec<String>,
    /// How long others may keep it; `dns.ttl_s` when absent.
    #[serde(default)]
    pub ttl_s: Option<u32>,
}

/// `[failover]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Failover {
    /// How many people must sign a failover: 1 or 2.
    pub approvals: u32,
    /// How many must sign that the primary is clean before a failback: 1 or 2.
    pub failback_approvals: u32,
    /// Mailboxes at the primary whose new mail is counted after the switch.
    pub fence_mailboxes: Vec<String>,
}

impl Default for Failover {
    fn default() -> Self {
        Self { approvals: 1, failback_approvals: 2, fence_mailboxes: Vec::new() }
    }
}

/// `[audit]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// Where the log's heads are kept, outside the data folder.
    pub witness_file: Option<PathBuf>,
    /// The collector of logs that every entry goes to.
    pub syslog: Option<Syslog>,
}

impl Audit {
    /// The files that it names.
    pub(super) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let syslog = self.syslog.iter_mut().flat_map(|syslog| {
            [&mut syslog.ca_file, &mut syslog.certificate_file, &mut syslog.key_file].into_iter().flatten()
        });
        self.witness_file.iter_mut().chain(syslog)
    }
}

/// `[audit] syslog`: RFC 5425.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Syslog {
    /// `host:port`; the usual port is 6514.
    pub address: String,
    /// The name in its certificate; the host of the address when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// The authority that its certificate is from; the system's when absent.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// What we show, with its key, where it wants to know who sends.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// The key.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

impl Syslog {
    /// What is missing.
    pub(super) fn missing(&self) -> Option<String> {
        let port = self.address.rsplit_once(':').map(|(host, port)| (host.is_empty(), port.parse::<u16>()));
        if !matches!(port, Some((false, Ok(1..)))) {
            return Some(format!("syslog.address {:?} is not host:port", self.address));
        }
        let is_half = self.certificate_file.is_some() != self.key_file.is_some();
        is_half.then(|| "syslog.certificate_file and syslog.key_file go together".to_owned())
    }
}

/// `[dns]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Dns {
    /// The zone; the first domain when absent.
    #[serde(default)]
    pub zone: Option<Domain>,
    /// The server that takes updates.
    pub server: SocketAddr,
    /// The name of the TSIG key.
    pub key_name: String,
    /// Its algorithm.
    #[serde(default = "hmac_sha256")]
    pub key_algorithm: String,
    /// The file with its secret, base64.
    pub key_file: PathBuf,
    /// What the MX names after the switch.
    pub mx: Vec<MxTarget>,
    /// How long others may keep our records, in seconds.
    #[serde(default = "a_minute_ttl")]
    pub ttl_s: u32,
    /// What else is changed in the same update.
    #[serde(default)]
    pub also: Vec<AlsoRecord>,
    /// Who resolves names for us; the system's resolvers when empty.
    #[serde(default)]
    pub resolvers: Vec<SocketAddr>,
    /// The port of the authoritative servers, 53 but for a rehearsal on one machine.
    #[serde(default = "dns_port")]
    pub authority_port: u16,
}

impl Dns {
    /// What is needed and is not there.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        self.mx.is_empty().then(|| "mx must name at least one host: the set is never empty".to_owned())
    }
}

/// How a smarthost is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmarthostTls {
    /// In the clear.
    None,
    /// By STARTTLS, which is then required.
    #[default]
    Starttls,
    /// From the first byte on.
    Tls,
}

/// A server that takes all our mail.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Smarthost {
    /// Its name, also in its certificate.
    pub host: String,
    /// Its port.
    #[serde(default = "submission_port")]
    pub port: u16,
    /// How it is spoken to.
    #[serde(default)]
    pub tls: SmarthostTls,
    /// Whom to sign in as.
    #[serde(default)]
    pub login: Option<String>,
    /// The password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
}

/// `[outbound]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {
    /// Our name towards other servers; `hostname` when absent.
    pub helo: Option<Domain>,
    /// The selector under which our DKIM key is published.
    pub dkim_selector: Option<String>,
    /// The DKIM key, PEM, RSA or Ed25519.
    pub dkim_key_file: Option<PathBuf>,
    /// Seconds to wait after the first, second ... attempt.
    pub retry_s: Vec<u64>,
    /// Age at which a message fails, in seconds.
    pub give_up_s: u64,
    /// The port of other organisations' servers, 25 but for a rehearsal on one machine.
    pub mx_port: u16,
    /// A server that takes all our mail; straight to the recipients' servers when absent.
    pub smarthost: Option<Smarthost>,
}

impl Default for Outbound {
    fn default() -> Self {
        let schedule = smtp::outbound::Schedule::default();
        Self {
            helo: None,
            dkim_selector: None,
            dkim_key_file: None,
            retry_s: schedule.retry_s,
            give_up_s: schedule.give_up_s,
            mx_port: 25,
            smarthost: None,
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one object a line.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// What is worth a line: a level, or levels a room (`info,smtp=debug`).
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".to_owned() }
    }
}

fn a_fifth() -> u32 {
    20
}

fn a_minute() -> u64 {
    60
}

fn ten_seconds() -> u64 {
    10
}

fn a_minute_ttl() -> u32 {
    60
}

fn four() -> usize {
    4
}

fn imaps() -> u16 {
    993
}

fn dns_port() -> u16 {
    53
}

fn submission_port() -> u16 {
    587
}

fn hmac_sha256() -> String {
    "hmac-sha256".to_owned()
}
