//! What a source of people shows: one entry a person, shared mailbox, group or contact.

use mail::{Address, Region};
use serde::{Deserialize, Serialize};

use crate::EntryId;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// Somebody of the organisation, with a mailbox.
    Person,
    /// A mailbox that several people use, such as `accueil`; whoever was given an app password for it signs in.
    Shared,
    /// A distribution list.
    Group,
    /// Somebody outside: no mailbox, stored sealed.
    Contact,
}

impl EntryKind {
    /// All kinds, in the order of their stored numbers.
    pub const ALL: [Self; 4] = [Self::Person, Self::Shared, Self::Group, Self::Contact];

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Person => 0,
            Self::Shared => 1,
            Self::Group => 2,
            Self::Contact => 3,
        }
    }

    pub(super) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Whether entries of this kind have a mailbox here.
    #[must_use]
    pub fn has_mailbox(self) -> bool {
        matches!(self, Self::Person | Self::Shared)
    }

    /// The word used on screens and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Shared => "shared",
            Self::Group => "group",
            Self::Contact => "contact",
        }
    }
}

impl std::fmt::Display for EntryKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// One entry of the directory, as its source showed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The source's own lasting name of it: `entryUUID`, `objectGUID`, or the key column of a CSV file.
    pub id: EntryId,
    /// What it is.
    pub kind: EntryKind,
    /// The name shown to people.
    pub name: String,
    /// Given name, empty when unknown.
    pub given_name: String,
    /// Family name, empty when unknown.
    pub family_name: String,
    /// The address it sends as. A contact's is the external address.
    pub primary: Option<Address>,
    /// Its other addresses.
    pub aliases: Vec<Address>,
    /// Members of a group, direct ones only.
    pub members: Vec<EntryId>,
    /// Left out of address lists; it still receives.
    pub hidden: bool,
    /// Whether its owner may sign in: false for a disabled account. Says nothing about shared mailboxes, whose accounts
    /// are always disabled at the primary.
    pub can_sign_in: bool,
    /// A telephone number as the source writes it.
    pub phone: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The job title.
    pub title: Option<String>,
    /// Where its mailbox is pinned; `None` is the default region.
    pub region: Option<Region>,
}

impl Entry {
    /// An entry that has only what every entry has.
    #[must_use]
    pub fn new(id: EntryId, kind: EntryKind, name: &str) -> Self {
        Self {
            id,
            kind,
            name: name.to_owned(),
            given_name: String::new(),
            family_name: String::new(),
            primary: None,
            aliases: Vec::new(),
            members: Vec::new(),
            hidden: false,
            can_sign_in: kind == EntryKind::Person,
            phone: None,
            department: None,
            title: None,
            region: None,
        }
    }

    /// Every address of the entry, the primary one first.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.primary.iter().chain(&self.aliases)
    }

    /// Whether the entry holds this address, compared by its lookup form.
    #[must_use]
    pub fn holds(&self, address: &Address) -> bool {
        let key = address.key();
        self.addresses().any(|own| own.key() == key)
    }
}

/// What a connector saw of one entry.
#[expect(clippy::large_enum_variant, reason = "nearly all sightings are of entries that are there")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// It is there, and looks like this.
    Present(Entry),
    /// The source says that it is gone.
    Gone(EntryId),
}

/// What an observation changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Observed {
    /// Entries never seen before, or back again.
    pub added: usize,
    /// Entries that look different now.
    pub changed: usize,
    /// Entries that are gone.
    pub removed: usize,
    /// Entries that look as before.
    pub unchanged: usize,
}

/// The moment the directory is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AsOf {
    /// As last seen.
    Now,
    /// As it was just before this moment: nothing seen at it or later counts, except what Relais's own
    /// admins entered, see [`OWN_SOURCE`].
    Before(mail::Timestamp),
}

/// The source name of entries made here (`relais people import`). The primary cannot write them, so they count
/// whatever the clean point.
pub const OWN_SOURCE: &str = "relais";

/// Where mail for an address goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// To the mailbox of this person or shared mailbox.
    Mailbox(EntryId),
    /// To everyone in a group, nested groups expanded, each once.
    Group {
        /// People and shared mailboxes.
        members: Vec<EntryId>,
        /// Members outside the organisation.
        external: Vec<Address>,
    },
    /// Out, to this external address.
    Contact(Address),
    /// To nobody known.
    Unknown,
}

/// How many current entries there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// People.
    pub people: u64,
    /// Shared mailboxes.
    pub shared: u64,
    /// Groups.
    pub groups: u64,
    /// External contacts.
    pub contacts: u64,
}
