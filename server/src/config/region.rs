//! `[[region]]` and `[pinning]`: where mailboxes are kept, and whose are kept where.
//!
//! ```text
//!   no [[region]]      one, as [seal], [database], [blobs] and [history] say
//!   [[region]] ...     these; what one leaves out it takes from those sections. The first is the default
//!   [pinning]          directory attribute ─else─> group ─else─> default; asked once a mailbox, then it stays
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mail::{Address, Region};
use serde::{Deserialize, Serialize};

use super::{Blobs, Config, Database, Seal, UnlockBy};

/// One `[[region]]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RegionSection {
    /// Its name, which never changes once mail is stored.
    pub name: Region,
    /// The country, ISO 3166-1 alpha-2.
    #[serde(default = "france")]
    pub country: String,
    /// Where it is declared to be, such as `eu-west-3`.
    #[serde(default)]
    pub place: Option<String>,
    /// Its own data folder.
    #[serde(default)]
    pub data: Option<PathBuf>,
    /// The file with the URL of its own PostgreSQL database.
    #[serde(default)]
    pub url_file: Option<PathBuf>,
    /// Its own bucket.
    #[serde(default)]
    pub blobs_url: Option<String>,
    /// The bucket's options.
    #[serde(default)]
    pub blobs_options_file: Option<PathBuf>,
    /// The public half of its own unlock key.
    #[serde(default)]
    pub unlock_public: Option<String>,
    /// The private half of its own unlock key.
    #[serde(default)]
    pub unlock_key_file: Option<PathBuf>,
    /// How many days of mail it keeps.
    #[serde(default)]
    pub window_days: Option<u32>,
    /// Where its backups go, when it has a data folder or a database of its own: a folder or a bucket.
    #[serde(default)]
    pub backup_to: Option<String>,
    /// That bucket's options.
    #[serde(default)]
    pub backup_options_file: Option<PathBuf>,
}

/// `[pinning]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pinning {
    /// The directory attribute that tells.
    pub attribute: Option<String>,
    /// Its values.
    pub values: BTreeMap<String, Region>,
    /// Members of groups; the first that fits counts.
    pub groups: Vec<GroupPin>,
    /// Everybody else.
    pub default: Option<Region>,
}

/// One of `pinning.groups`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupPin {
    /// The group's address.
    pub group: Address,
    /// Where its members' mailboxes are kept.
    pub region: Region,
}

impl RegionSection {
    /// The one of whoever names none.
    fn only(seal: &Seal) -> Self {
        Self {
            name: seal.region.clone(),
            country: seal.country.clone(),
            place: None,
            data: None,
            url_file: None,
            blobs_url: None,
            blobs_options_file: None,
            unlock_public: None,
            unlock_key_file: None,
            window_days: None,
            backup_to: None,
            backup_options_file: None,
        }
    }

    /// Whether it has an unlock key of its own.
    #[must_use]
    pub const fn has_own_key(&self) -> bool {
        self.unlock_public.is_some()
    }

    /// Whether its rows lie elsewhere than those of the house.
    #[must_use]
    pub const fn is_apart(&self) -> bool {
        self.data.is_some() || self.url_file.is_some()
    }

    /// `[seal]` as it is for this region.
    #[must_use]
    pub fn seal(&self, house: &Seal) -> Seal {
        let (region, country) = (self.name.clone(), self.country.clone());
        if !self.has_own_key() {
            return Seal { region, country, ..house.clone() };
        }
        let (unlock_public, unlock_key_file) = (self.unlock_public.clone(), self.unlock_key_file.clone());
        Seal { region, country, unlock_public, unlock_key_file, unlock: UnlockBy::File, ..house.clone() }
    }

    /// Where its rows are kept.
    ///
    /// # Errors
    /// When the file of the URL cannot be read, or by others too.
    pub fn database(&self, house: &Database) -> anyhow::Result<store::Database> {
        match (&self.data, &self.url_file) {
            (_, Some(_)) => Database { url_file: self.url_file.clone(), ..house.clone() }.opened(),
            (Some(data), None) => Ok(store::Database::At(data.clone())),
            (None, None) => house.opened(),
        }
    }

    /// Where its large bodies are kept.
    ///
    /// # Errors
    /// When the file of the options cannot be read, or by others too.
    pub fn blobs(&self, house: &Blobs) -> anyhow::Result<store::BlobStore> {
        match (&self.data, &self.blobs_url) {
            (_, Some(_)) => {
                Blobs { url: self.blobs_url.clone(), options_file: self.blobs_options_file.clone() }.opened()
            }
            (Some(data), None) => Ok(store::BlobStore::At(data.clone())),
            (None, None) => house.opened(),
        }
    }

    fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let own = [&mut self.data, &mut self.url_file, &mut self.blobs_options_file, &mut self.unlock_key_file];
        own.into_iter().chain([&mut self.backup_options_file]).flatten()
    }
}

impl Config {
    /// Every region, the default first.
    #[must_use]
    pub fn regions(&self) -> Vec<RegionSection> {
        if self.region.is_empty() { vec![RegionSection::only(&self.seal)] } else { self.region.clone() }
    }

    /// How many days of mail a region keeps.
    #[must_use]
    pub fn window_days(&self, region: &Region) -> u32 {
        let own = self.region.iter().find(|section| section.name == *region).and_then(|section| section.window_days);
        own.unwrap_or(self.history.window_days)
    }

    pub(super) fn region_files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.region.iter_mut().flat_map(RegionSection::files)
    }

    /// What is wrong with the regions and the rules: a key, and a sentence.
    pub(super) fn wrong_region(&self) -> Option<(&'static str, String)> {
        let regions = self.regions();
        let is_known = |name: &Region| regions.iter().any(|section| section.name == *name);
        for (at, section) in regions.iter().enumerate() {
            if let Some(what) = wrong_section(section, regions.get(..at).unwrap_or_default(), &self.data) {
                return Some(("region", what));
            }
        }
        let Pinning { attribute, values, groups, default } = &self.pinning;
        let named = values.values().chain(groups.iter().map(|pin| &pin.region)).chain(default);
        if let Some(unknown) = named.into_iter().find(|name| !is_known(name)) {
            return Some(("pinning", format!("there is no [[region]] named \"{unknown}\"")));
        }
        (attribute.is_some() == values.is_empty())
            .then(|| ("pinning", "attribute and values belong together: give both or neither".to_owned()))
    }
}

fn wrong_section(section: &RegionSection, before: &[RegionSection], house: &Path) -> Option<String> {
    let name = &section.name;
    if before.iter().any(|other| other.name == *name) {
        return Some(format!("two regions are named \"{name}\""));
    }
    let data = section.data.as_deref();
    let shares = |other: &RegionSection| other.data.is_some() && other.data.as_deref() == data;
    if before.iter().any(shares) || data == Some(house) {
        return Some(format!("region \"{name}\" needs a data folder that nobody else has"));
    }
    if section.unlock_key_file.is_some() && !section.has_own_key() {
        return Some(format!("region \"{name}\" names unlock_key_file without unlock_public: give both or neither"));
    }
    let inside = |file: &Path| file.starts_with(house) || data.is_some_and(|data| file.starts_with(data));
    section
        .unlock_key_file
        .as_deref()
        .is_some_and(inside)
        .then(|| format!("the unlock key of region \"{name}\" must lie outside the data folders"))
}

fn france() -> String {
    "FR".to_owned()
}
