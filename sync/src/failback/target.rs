//! Where a folder of ours is at the primary: by its use where it has one there, else by its path, made when missing.

use std::collections::HashMap;

use imap::client::Listed;
use mail::FolderRole;

use crate::Result;
use crate::history::{Session, role_by_name};

/// The primary's folders.
pub(super) struct Targets {
    folders: HashMap<String, Listed>,
    roles: HashMap<FolderRole, String>,
    separator: Option<char>,
}

impl Targets {
    pub(super) async fn read(session: &mut Session) -> Result<Self> {
        let listed = session.client.list().await.map_err(|error| session.refine(error))?;
        let separator = listed.iter().find_map(|folder| folder.separator);
        let mut roles: HashMap<FolderRole, String> = HashMap::new();
        let usable = || listed.iter().filter(|folder| folder.selectable);
        for folder in usable() {
            if let Some(role) = folder.role {
                roles.entry(role).or_insert_with(|| folder.path.clone());
            }
        }
        for folder in usable() {
            if let Some(role) = role_by_name(&folder.path) {
                roles.entry(role).or_insert_with(|| folder.path.clone());
            }
        }
        let folders = usable().map(|folder| (folder.path.clone(), folder.clone())).collect();
        Ok(Self { folders, roles, separator })
    }

    /// The folder there of a path here.
    pub(super) fn find(&self, path: &str, role: Option<FolderRole>) -> Option<&Listed> {
        let by_role = role.and_then(|role| self.roles.get(&role));
        self.folders.get(by_role.map_or(path, String::as_str))
    }

    /// The same, made when it is missing.
    pub(super) async fn make(&mut self, session: &mut Session, path: &str, role: Option<FolderRole>) -> Result<Listed> {
        if let Some(found) = self.find(path, role) {
            return Ok(found.clone());
        }
        let made = session.client.create(path, self.separator).await.map_err(|error| session.refine(error))?;
        self.folders.insert(path.to_owned(), made.clone());
        if let Some(role) = role {
            self.roles.insert(role, path.to_owned());
        }
        Ok(made)
    }
}
