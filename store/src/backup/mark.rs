//! What says that something was put back, until it is told that it is a copy: a file in a data folder, one line for each backup that was
//! put back, `NAME DATABASE DATABASE`.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use mail::Region;

use super::manifest::Manifest;
use super::{DIRECTORY, REGION};
use crate::{Result, StoreError};

/// The file in a data folder that says what was put back.
const MARK: &str = "restored";

/// What was put back, and does not know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// The backup's name.
    pub backup: String,
    /// Whether the directory was.
    pub directory: bool,
    /// The regions that were.
    pub regions: Vec<Region>,
}

/// Adds a line: another region may have been put back before.
pub(super) fn mark(folder: &Path, name: &str, manifest: &Manifest) -> Result<()> {
    let mark = folder.join(MARK);
    let at = |cause| StoreError::file(&mark, cause);
    let databases: Vec<&str> = manifest.databases.iter().map(|database| database.name.as_str()).collect();
    let mut file = File::options().create(true).append(true).open(&mark).map_err(at)?;
    file.write_all(format!("{name} {}\n", databases.join(" ")).as_bytes()).and_then(|()| file.sync_all()).map_err(at)
}

/// What `folder` says was put back.
///
/// # Errors
/// When it cannot be read: nobody goes on as if nothing had been put back.
pub fn put_back(folder: &Path) -> Result<Vec<PutBack>> {
    let mark = folder.join(MARK);
    let lines = match fs::read_to_string(&mark) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|cause| StoreError::file(&mark, cause))?,
    };
    let lines = lines.lines().map(|line| {
        let mut words = line.split(' ').map(str::to_owned);
        let backup = words.next().unwrap_or_default();
        let databases: Vec<String> = words.collect();
        let region = |database: &String| database.strip_prefix(REGION).and_then(|name| Region::parse(name).ok());
        let directory = databases.iter().any(|database| database == DIRECTORY);
        PutBack { backup, directory, regions: databases.iter().filter_map(region).collect() }
    });
    Ok(lines.collect())
}

/// It was told, but for what is `left`: regions that could not be opened.
///
/// # Errors
/// Those of the disk.
pub fn told(folder: &Path, left: &[PutBack]) -> Result<()> {
    let mark = folder.join(MARK);
    let at = |cause| StoreError::file(&mark, cause);
    if left.is_empty() {
        return fs::remove_file(&mark).map_err(at);
    }
    let lines = left.iter().map(|copy| {
        let directory = copy.directory.then(|| format!(" {DIRECTORY}")).into_iter();
        let regions = copy.regions.iter().map(|region| format!(" {REGION}{region}"));
        format!("{}{}\n", copy.backup, directory.chain(regions).collect::<String>())
    });
    let unfinished = folder.join(MARK).with_extension("unfinished");
    fs::write(&unfinished, lines.collect::<String>()).map_err(at)?;
    File::open(&unfinished).and_then(|file| file.sync_all()).map_err(at)?;
    fs::rename(&unfinished, &mark).map_err(at)
}
