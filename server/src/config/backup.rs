//! `[backup]`: where copies of the store go, how often, and how many stay.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use mail::Region;
use serde::{Deserialize, Serialize};
use store::backup::{Part, Target};

use super::{Blobs, Config, RegionSection};

/// `[backup]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// A folder, or a bucket and what names in it begin with.
    pub to: Option<String>,
    /// The file that holds the bucket's options, one `name = value` a line.
    pub options_file: Option<PathBuf>,
    /// How often.
    pub every_hours: u32,
    /// How many stay.
    pub keep: u32,
}

impl Default for Backup {
    fn default() -> Self {
        Self { to: None, options_file: None, every_hours: 24, keep: 30 }
    }
}

/// Where a copy goes.
#[derive(Clone, Debug)]
pub struct Place {
    /// What is copied together, and where to.
    pub part: Part,
    /// The same place, as it is asked where it is.
    pub bucket: store::BlobStore,
}

/// The folder that is meant, if it is one and no bucket.
fn folder(to: &str) -> Option<&Path> {
    (!to.contains("://")).then(|| Path::new(to))
}

/// Makes a folder absolute.
pub fn resolve(to: &mut Option<String>, base: &Path) {
    if let Some(path) = to.as_deref().and_then(folder) {
        *to = Some(base.join(path).to_string_lossy().into_owned());
    }
}

/// The place that is meant by a path or a URL.
///
/// # Errors
/// When the options cannot be read, or make no sense.
pub fn target(to: &str, options_file: Option<PathBuf>) -> Result<(Target, store::BlobStore)> {
    if let Some(folder) = folder(to) {
        return Ok((Target::folder(folder), store::BlobStore::Folder));
    }
    // The bucket's client takes the process's one, or panics without. Somebody else may have chosen it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let opened = Blobs { url: Some(to.to_owned()), options_file }.opened()?;
    let store::BlobStore::Bucket { url, options } = &opened else { bail!("{to} is no bucket") };
    Ok((Target::bucket(url, options)?, opened))
}

impl Config {
    /// What is copied where: the data folder to the place of `[backup]`, regions with a folder or a database of their own to theirs. Nothing
    /// when no place is named.
    ///
    /// # Errors
    /// Those of [`target`].
    pub fn backups(&self) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        if let Some(to) = &self.backup.to {
            let (target, bucket) = target(to, self.backup.options_file.clone()).context("[backup]")?;
            let regions = self.regions().into_iter().filter(|region| !region.is_apart()).map(|region| region.name);
            let part = Part { target, directory: true, regions: regions.collect() };
            places.push(Place { part, bucket });
        }
        for RegionSection { name, backup_to, backup_options_file, .. } in self.regions() {
            let Some(to) = backup_to else { continue };
            let (target, bucket) = target(&to, backup_options_file).with_context(|| format!("region {name}"))?;
            places.push(Place { part: Part { target, directory: false, regions: vec![name] }, bucket });
        }
        Ok(places)
    }

    /// The regions whose mail is copied nowhere.
    #[must_use]
    pub fn without_backup(&self) -> Vec<Region> {
        let lacks = |region: &RegionSection| match region.is_apart() {
            true => region.backup_to.is_none(),
            false => self.backup.to.is_none(),
        };
        self.regions().into_iter().filter(lacks).map(|region| region.name).collect()
    }

    /// A place that is named twice.
    fn place_of_two(&self) -> Option<String> {
        let regions = self.regions();
        let places = self.backup.to.iter().chain(regions.iter().filter_map(|region| region.backup_to.as_ref()));
        let mut seen = BTreeSet::new();
        places.map(|place| place.trim_end_matches('/')).find(|place| !seen.insert(*place)).map(str::to_owned)
    }

    /// What is wrong with the places: a key, and a sentence.
    pub(super) fn wrong_backup(&self) -> Option<(&'static str, String)> {
        let Backup { to, every_hours, keep, .. } = &self.backup;
        if *every_hours == 0 || *keep == 0 {
            return Some(("backup", "every_hours and keep are 1 or more".to_owned()));
        }
        let inside =
            |to: &Option<String>, data: &Path| to.as_deref().and_then(folder).is_some_and(|to| to.starts_with(data));
        if inside(to, &self.data) {
            return Some(("backup.to", "backups must lie outside the data folder, best on another machine".to_owned()));
        }
        if let Some(twice) = self.place_of_two() {
            let what = "two parts of the store are copied to it; each needs a place of its own, or one's old backups go for the other's";
            return Some(("backup_to", format!("{twice}: {what}")));
        }
        self.regions().iter().filter(|region| region.backup_to.is_some()).find_map(|region| {
            let name = &region.name;
            let what = match &region.data {
                _ if !region.is_apart() => {
                    format!("region \"{name}\" lies in the common data folder, which goes where [backup] says")
                }
                data if data.iter().chain([&self.data]).any(|data| inside(&region.backup_to, data)) => {
                    format!("the backups of region \"{name}\" must lie outside the data folders")
                }
                _ if to.is_none() => {
                    format!(
                        "region \"{name}\" has a place for backups, and the directory has none: name one in [backup]"
                    )
                }
                _ => return None,
            };
            Some(("region", what))
        })
    }
}
