//! What the view has to show, worked out from the film alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use mail::{FolderRole, SystemFlags, Timestamp};

use crate::ContentId;
use crate::region::event::{Event, Kind};
use crate::region::{CleanPoint, PathMac};

/// Where the primary has, or had, a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SourceRef {
    pub(super) folder: PathMac,
    pub(super) uidvalidity: u32,
    pub(super) uid: u32,
}

/// A message of the view.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) content: ContentId,
    pub(super) size: i64,
    pub(super) flags: SystemFlags,
    /// Sealed.
    pub(super) keywords: Option<Vec<u8>>,
    pub(super) received_at: Timestamp,
    pub(super) source: Option<SourceRef>,
    evidence: Option<[u8; 16]>,
}

/// A view: what lies where.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The primary's folders as they stood, with what they are for.
    pub(super) folders: BTreeMap<PathMac, Option<FolderRole>>,
    /// Messages in those folders.
    pub(super) placed: Vec<(PathMac, Message)>,
    /// What cannot be trusted.
    pub(super) marked: Vec<Message>,
    /// What Relais received and the primary does not have, with the row of its event.
    pub(super) received: Vec<(i64, FolderRole, Message)>,
}

/// Reads the film from its beginning.
#[derive(Default)]
struct Projector {
    folders: BTreeMap<PathMac, Option<FolderRole>>,
    placed: BTreeMap<SourceRef, Message>,
    later: Vec<Message>,
    /// What is ours and came to the primary after the clean point: its content, the role of its folder, its place.
    returned: Vec<(ContentId, Option<FolderRole>, SourceRef)>,
    /// Who writes to himself has one content in two folders.
    received: BTreeMap<(ContentId, FolderRole), (i64, Message)>,
}

/// The view at a clean point. `film` has rows and events in order of seeing.
pub(super) fn plan(film: impl IntoIterator<Item = (i64, Event)>, point: CleanPoint) -> Plan {
    let mut projector = Projector::default();
    for (row, event) in film {
        let trusted = match point {
            CleanPoint::At(moment) => event.at <= moment,
            CleanPoint::Unknown => false,
        };
        if event.kind == Kind::Received {
            projector.received(row, event);
        } else if trusted {
            projector.trusted(event);
        } else {
            projector.untrusted(event);
        }
    }
    projector.finish()
}

impl Projector {
    fn received(&mut self, row: i64, event: Event) {
        let role = event.role.unwrap_or(FolderRole::Inbox);
        if let Some(message) = message(event, None) {
            self.received.insert((message.content, role), (row, message));
        }
    }

    fn trusted(&mut self, event: Event) {
        let Some(folder) = event.path_mac else { return };
        let place = SourceRef { folder, uidvalidity: event.uidvalidity, uid: event.uid };
        match event.kind {
            Kind::Folder => {
                let role = self.folders.entry(folder).or_default();
                *role = event.role.or(*role);
            }
            Kind::FolderGone => {
                self.folders.remove(&folder);
                self.placed.retain(|place, _| place.folder != folder);
            }
            Kind::Message | Kind::Returned => {
                self.folders.entry(folder).or_default();
                self.placed.extend(message(event, Some(place)).map(|message| (place, message)));
            }
            Kind::Flags => {
                if let Some(message) = self.placed.get_mut(&place) {
                    (message.flags, message.keywords) = (event.flags, event.keywords);
                }
            }
            Kind::Gone => {
                if let Some(gone) = self.placed.remove(&place) {
                    let role = self.folders.get(&folder).copied().flatten();
                    self.at_the_primary(gone.content, role);
                }
            }
            Kind::Received => {}
        }
    }

    /// After the clean point only the arrival of messages counts, and only as evidence.
    fn untrusted(&mut self, event: Event) {
        let Some(folder) = event.path_mac else { return };
        let place = SourceRef { folder, uidvalidity: event.uidvalidity, uid: event.uid };
        match event.kind {
            Kind::Message => self.later.extend(message(event, Some(place))),
            Kind::Returned => {
                // Ours by its authenticated mark: it is trusted as we have it, and has a place there.
                let role = self.folders.get(&folder).copied().flatten();
                self.returned.extend(event.content.map(|content| (content, role, place)));
            }
            _ => {}
        }
    }

    /// What was received and is, or was, at the primary in a folder of this role is that message.
    fn at_the_primary(&mut self, content: ContentId, role: Option<FolderRole>) {
        if let Some(key) = self.counterpart(content, role) {
            self.received.remove(&key);
        }
    }

    /// The received one of a content that is meant by a place at the primary that none has yet.
    fn counterpart(&self, content: ContentId, role: Option<FolderRole>) -> Option<(ContentId, FolderRole)> {
        let ours = self.received.range((content, FolderRole::Archive)..=(content, FolderRole::Trash));
        let free = ours.filter(|(_, (_, message))| message.source.is_none()).map(|(key, _)| *key);
        free.max_by_key(|(_, known)| (Some(*known) == role, *known == FolderRole::Inbox))
    }

    fn finish(mut self) -> Plan {
        self.drop_doubles_of_renumbered_folders();
        // Only now is all known that was received: what was written here is on film as that from the end of its activity on.
        for (content, role, place) in std::mem::take(&mut self.returned) {
            let key = self.counterpart(content, role);
            if let Some((_, message)) = key.and_then(|key| self.received.get_mut(&key)) {
                message.source = Some(place);
            }
        }
        let trusted: HashSet<[u8; 16]> = self.placed.values().filter_map(|message| message.evidence).collect();
        let there = |(place, message): (&SourceRef, &Message)| {
            (message.content, self.folders.get(&place.folder).copied().flatten())
        };
        let returned: Vec<_> = self.placed.iter().map(there).collect();
        returned.into_iter().for_each(|(content, role)| self.at_the_primary(content, role));
        let mut seen = HashSet::new();
        let unknown = |evidence: [u8; 16]| !trusted.contains(&evidence) && seen.insert(evidence);
        let mut plan = Plan {
            folders: self.folders,
            marked: keep(self.later, unknown),
            placed: self.placed.into_iter().map(|(place, message)| (place.folder, message)).collect(),
            received: self.received.into_iter().map(|((_, role), (row, message))| (row, role, message)).collect(),
        };
        plan.placed.sort_by_key(|(folder, message)| (*folder, message.received_at));
        plan.marked.sort_by_key(|message| message.received_at);
        plan.received.sort_by_key(|(row, ..)| *row);
        plan
    }

    /// A folder whose UIDVALIDITY changed is read again, or was given back what it had: copies of what it had before
    /// are the same messages, by their bytes or as the same content. In doubt both stay.
    fn drop_doubles_of_renumbered_folders(&mut self) {
        let mut newest: HashMap<(PathMac, [u8; 16]), u32> = HashMap::new();
        for (place, message) in &self.placed {
            for sameness in [message.evidence, Some(message.content.0)].into_iter().flatten() {
                let known = newest.entry((place.folder, sameness)).or_default();
                *known = place.uidvalidity.max(*known);
            }
        }
        self.placed.retain(|place, message| {
            let mut samenesses = [message.evidence, Some(message.content.0)].into_iter().flatten();
            samenesses.all(|sameness| newest.get(&(place.folder, sameness)) == Some(&place.uidvalidity))
        });
    }
}

fn keep(messages: Vec<Message>, mut wanted: impl FnMut([u8; 16]) -> bool) -> Vec<Message> {
    messages.into_iter().filter(|message| message.evidence.is_none_or(&mut wanted)).collect()
}

fn message(event: Event, source: Option<SourceRef>) -> Option<Message> {
    Some(Message {
        content: event.content?,
        size: event.size,
        flags: event.flags,
        keywords: event.keywords,
        received_at: event.received_at,
        source,
        evidence: event.evidence,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use crate::MailboxId;

    const INBOX: PathMac = PathMac([1; 16]);
    const OTHER: PathMac = PathMac([2; 16]);

    fn at(kind: Kind, ms: i64, folder: PathMac, uid: u32) -> Event {
        let event = Event::new(MailboxId(1), kind, Timestamp::from_ms(ms));
        Event { path_mac: Some(folder), uidvalidity: 1, uid, ..event }
    }

    fn arrived(ms: i64, folder: PathMac, uid: u32, body: u8) -> Event {
        Event {
            content: Some(ContentId([u8::try_from(uid).unwrap(); 16])),
            evidence: Some([body; 16]),
            ..at(Kind::Message, ms, folder, uid)
        }
    }

    fn planned(events: Vec<Event>, ms: i64) -> Plan {
        plan((1..).zip(events), CleanPoint::At(Timestamp::from_ms(ms)))
    }

    #[test]
    fn what_was_deleted_after_the_clean_point_is_back() {
        let plan = planned(vec![arrived(1, INBOX, 1, 1), at(Kind::Gone, 11, INBOX, 1)], 10);
        assert_eq!((plan.placed.len(), plan.marked.len()), (1, 0));
    }

    #[test]
    fn what_was_deleted_before_it_stays_deleted() {
        let plan = planned(vec![arrived(1, INBOX, 1, 1), at(Kind::Gone, 9, INBOX, 1)], 10);
        assert_eq!((plan.placed.len(), plan.marked.len()), (0, 0));
    }

    #[test]
    fn a_forgery_is_marked_whatever_date_it_claims() {
        let forged = Event { received_at: Timestamp::from_ms(-1000), ..arrived(11, INBOX, 2, 2) };
        let plan = planned(vec![arrived(1, INBOX, 1, 1), forged], 10);
        assert_eq!((plan.placed.len(), plan.marked.len()), (1, 1));
        assert_eq!(plan.marked[0].source.unwrap().uid, 2);
    }

    #[test]
    fn flags_set_after_the_clean_point_are_ignored() {
        let seen = Event { flags: SystemFlags::SEEN, ..at(Kind::Flags, 5, INBOX, 1) };
        let deleted = Event { flags: SystemFlags::DELETED, ..at(Kind::Flags, 11, INBOX, 1) };
        let plan = planned(vec![arrived(1, INBOX, 1, 1), seen, deleted], 10);
        assert_eq!(plan.placed[0].1.flags, SystemFlags::SEEN);
    }

    #[test]
    fn a_message_moved_after_the_clean_point_is_where_it_was_and_nowhere_else() {
        let moved = vec![arrived(1, INBOX, 1, 7), at(Kind::Gone, 11, INBOX, 1), arrived(11, OTHER, 2, 7)];
        let plan = planned(moved, 10);
        assert_eq!((plan.placed.len(), plan.marked.len()), (1, 0));
        assert_eq!(plan.placed[0].0, INBOX);
        assert!(!plan.folders.contains_key(&OTHER));
    }

    #[test]
    fn nothing_is_trusted_when_nobody_knows_the_clean_point() {
        let film = vec![(1, arrived(1, INBOX, 1, 1)), (2, at(Kind::Gone, 2, INBOX, 1))];
        let plan = plan(film, CleanPoint::Unknown);
        assert_eq!((plan.folders.len(), plan.placed.len(), plan.marked.len()), (0, 0, 1));
    }

    #[test]
    fn a_renumbered_folder_has_its_messages_once() {
        let again = Event { uidvalidity: 2, ..arrived(5, INBOX, 9, 1) };
        let plan = planned(vec![arrived(1, INBOX, 1, 1), arrived(1, INBOX, 2, 2), again], 10);
        assert_eq!(plan.placed.len(), 2);
    }

    #[test]
    fn a_message_given_back_to_an_emptied_folder_is_one_message() {
        let before = arrived(1, INBOX, 1, 1);
        let returned = Event { content: before.content, uidvalidity: 2, ..at(Kind::Returned, 5, INBOX, 1) };
        let plan = planned(vec![before, returned], 10);
        assert_eq!(plan.placed.iter().map(|(_, message)| message.source.unwrap().uidvalidity).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_received_message_seen_at_the_primary_is_one_message() {
        let received = Event {
            content: Some(ContentId([5; 16])),
            ..Event::new(MailboxId(1), Kind::Received, Timestamp::from_ms(3))
        };
        let returned = Event { content: Some(ContentId([5; 16])), ..at(Kind::Returned, 4, INBOX, 8) };
        let plan = planned(vec![received.clone(), returned.clone()], 10);
        assert_eq!((plan.placed.len(), plan.received.len()), (1, 0));
        let plan = planned(vec![received, returned], 3);
        assert_eq!((plan.placed.len(), plan.received.len()), (0, 1));
        assert!(plan.received[0].2.source.is_some());
    }
}
