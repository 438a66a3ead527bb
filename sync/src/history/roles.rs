//! What a folder is for at servers that do not say so: by its name, at the top level only.

use mail::FolderRole;

/// Names that Exchange, Dovecot's and others' defaults use, in the three languages of the house.
const NAMES: [(&str, FolderRole); 22] = [
    ("sent", FolderRole::Sent),
    ("sent items", FolderRole::Sent),
    ("sent messages", FolderRole::Sent),
    ("éléments envoyés", FolderRole::Sent),
    ("gesendete elemente", FolderRole::Sent),
    ("gesendet", FolderRole::Sent),
    ("drafts", FolderRole::Drafts),
    ("brouillons", FolderRole::Drafts),
    ("entwürfe", FolderRole::Drafts),
    ("trash", FolderRole::Trash),
    ("deleted items", FolderRole::Trash),
    ("deleted messages", FolderRole::Trash),
    ("éléments supprimés", FolderRole::Trash),
    ("corbeille", FolderRole::Trash),
    ("gelöschte elemente", FolderRole::Trash),
    ("papierkorb", FolderRole::Trash),
    ("junk", FolderRole::Junk),
    ("junk email", FolderRole::Junk),
    ("junk e-mail", FolderRole::Junk),
    ("courrier indésirable", FolderRole::Junk),
    ("archive", FolderRole::Archive),
    ("archiv", FolderRole::Archive),
];

/// The role that a folder's name speaks for.
pub(crate) fn role_by_name(path: &str) -> Option<FolderRole> {
    let name = path.strip_prefix("INBOX/").unwrap_or(path).to_lowercase();
    NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, role)| role)
}
