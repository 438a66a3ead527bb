//! From the configuration to connectors.

use std::path::Path;

use ::sync::directory::ldap::{Ldap, RegionBy, Settings as LdapSettings};
use ::sync::history::{History, Settings as HistorySettings, security};
use anyhow::{Context as _, Result};
use imap::client::{Security, Settings as Wire};

use crate::clock::now;
use crate::config::{Directory, DirectoryConnector, Pinning, Primary, PrimaryTls};

/// Seconds to wait for a primary's next octets.
const ANSWER_S: u64 = 30;

/// How the directory is read.
pub enum Connector {
    /// By LDAP.
    Ldap(Ldap),
    /// From a file.
    Csv(std::path::PathBuf),
}

pub fn directory(directory: &Directory, pinning: &Pinning) -> Result<Connector> {
    if directory.connector == DirectoryConnector::Csv {
        return Ok(Connector::Csv(directory.file.clone().unwrap_or_default()));
    }
    let (url, base) = (directory.url.as_deref().unwrap_or_default(), directory.base.as_deref().unwrap_or_default());
    let password =
        directory.password_file.as_deref().map(|file| secret("directory.password_file", file)).transpose()?;
    let settings = LdapSettings {
        bind_dn: directory.bind_dn.clone(),
        password: password.unwrap_or_default(),
        ca_file: directory.ca_file.clone(),
        region: pinning.attribute.as_ref().map(|attribute| RegionBy {
            attribute: attribute.clone(),
            values: pinning.values.clone().into_iter().collect(),
        }),
        ..LdapSettings::new(url, base)
    };
    Ok(Connector::Ldap(Ldap::new(settings)))
}

pub fn history(primary: &Primary, window_days: u32) -> Result<History> {
    let protected = match primary.tls {
        PrimaryTls::None => Security::None,
        PrimaryTls::Starttls => security(true, primary.ca_file.as_deref()).context("primary.ca_file")?,
        PrimaryTls::Tls => security(false, primary.ca_file.as_deref()).context("primary.ca_file")?,
    };
    let password = primary.password_file.as_deref().map(|file| secret("primary.password_file", file)).transpose()?;
    let wire = Wire { answer_s: ANSWER_S, ..Wire::new(&primary.host, primary.port, protected) };
    let settings = HistorySettings {
        window_days,
        bytes_per_s: primary.bytes_per_s,
        ..HistorySettings::new(wire, &primary.login, &password.unwrap_or_default())
    };
    Ok(History::new(settings, now))
}

/// A secret is a file's content without the line end that editors add.
fn secret(key: &str, file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{key}: cannot read {}", file.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
