#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
//! Reception and submission on a real store.

use mail::Envelope;
use mail::{Address, Domain, Enhanced, FolderRole, ForwardPath, Recipient, Region, Reply, ReversePath, Timestamp};
use smtp::{Login, MailParameters, Peer, Reception};
use std::sync::Arc;
use store::directory::{AsOf, Entry, EntryKind, Sighting};
use store::region::CleanPoint;
use store::seal::UnlockKey;
use store::{EntryId, HouseKeys, RegionConfig, Store, StoreConfig};
use tokio::sync::watch;

use super::Addressing;
use super::inbound::Inbound;
use super::submission::Submission;
use crate::clock;
use crate::posture::Posture;

struct House {
    store: Store,
    unlock: UnlockKey,
    posture: watch::Sender<Posture>,
    addressing: Arc<Addressing>,
    inbound: Inbound,
    submission: Submission,
    _folder: tempfile::TempDir,
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn person(id: &str, aliases: &[&str]) -> Entry {
    let primary = Some(address(&format!("{id}@corp.test")));
    let aliases = aliases.iter().map(|alias| address(alias)).collect();
    Entry { primary, aliases, ..Entry::new(id.into(), EntryKind::Person, id) }
}

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let unlock = UnlockKey::generate();
        let region = RegionConfig {
            name: Region::default(),
            country: "FR".into(),
            place: None,
            unlock_public: unlock.public(),
            database: store::Database::default(),
            blobs: store::BlobStore::default(),
        };
        let keys = HouseKeys::generate();
        let identity = identity::Identity::new(identity::Keys::new(&keys));
        let data = folder.path().join("data");
        let store = Store::open(StoreConfig {
            data,
            node: "n".into(),
            database: store::Database::default(),
            regions: vec![region],
            keys,
        })
        .await
        .unwrap();
        let posture = watch::Sender::new(Posture { accepting: true, ..Posture::default() });
        let domains = [Domain::parse("corp.test").unwrap()];
        let addressing = Addressing::new(
            store.clone(),
            domains.clone(),
            Some("ldap".into()),
            posture.subscribe(),
            Some(address("maire@corp.test")),
        );
        let pem = smtp::dkim::generate_ed25519_pem().unwrap();
        let signers = Arc::new(vec![smtp::dkim::Signer::from_pem(&pem, domains[0].clone(), "relais").unwrap()]);
        let inbound = Inbound::new(Arc::clone(&addressing), "mx.corp.test", Default::default());
        let submission = Submission::new(
            Arc::clone(&addressing),
            (store.directory().clone(), identity),
            signers,
            "mx.corp.test",
            Default::default(),
        );
        let house = Self { store, unlock, posture, addressing, inbound, submission, _folder: folder };
        house.see(clock::now(), vec![person("accueil", &["contact@corp.test"]), person("maire", &[])]).await;
        house
    }

    async fn see(&self, at: Timestamp, entries: Vec<Entry>) {
        let seen = entries.into_iter().map(Sighting::Present).collect();
        self.store.directory().observe("ldap", seen, None, at).await.unwrap();
    }

    async fn receive(&self, recipients: &[&str], raw: &str) -> Result<Reply, Reply> {
        take(&self.inbound, &partner(), "somebody@partner.test", recipients, raw).await
    }

    async fn submit(&self, as_who: &str, from: &str, recipients: &[&str], raw: &str) -> Result<Reply, Reply> {
        let mut peer = partner();
        peer.login = Some(Login { id: as_who.into(), name: as_who.into(), key: String::new() });
        take(&self.submission, &peer, from, recipients, raw).await
    }

    /// What lies in a folder, opened with the unlock key.
    async fn folder(&self, owner: &str, role: FolderRole) -> Vec<String> {
        let region = self.store.default_region();
        let Some(mailbox) = region.mailbox_of(&EntryId::from(owner)).await.unwrap() else { return Vec::new() };
        region.set_clean_point(Some(&[mailbox]), CleanPoint::Unknown, clock::now()).await.unwrap();
        region.unseal(&self.unlock, Some(&[mailbox])).await.unwrap();
        let folders = region.folders(mailbox).await.unwrap();
        let folder = folders.iter().find(|folder| folder.role == Some(role)).unwrap();
        let mut raws = Vec::new();
        for placed in region.messages(mailbox, folder.id).await.unwrap() {
            raws.push(String::from_utf8(region.raw(mailbox, placed.content).await.unwrap()).unwrap());
        }
        raws
    }

    async fn waiting(&self) -> Vec<String> {
        let due = self.store.default_region().due(clock::now(), None, 100).await.unwrap();
        due.due.into_iter().map(|due| due.waiting.address.to_string()).collect()
    }
}

fn partner() -> Peer {
    let mut peer = Peer::at("192.0.2.7:4711".parse().unwrap());
    peer.helo = Some("mx.partner.test".into());
    peer
}

/// What a session does with a reception.
async fn take(
    reception: &impl Reception,
    peer: &Peer,
    from: &str,
    recipients: &[&str],
    raw: &str,
) -> Result<Reply, Reply> {
    let reverse_path = ReversePath::Address(address(from));
    reception.sender(peer, &reverse_path, &MailParameters::default()).await?;
    let mut envelope =
        Envelope { reverse_path, recipients: vec![], body_8bit: false, smtputf8: false, envelope_id: None };
    for recipient in recipients {
        let path = ForwardPath::Address(address(recipient));
        reception.recipient(peer, &envelope, &path).await?;
        envelope.recipients.push(Recipient::from(path));
    }
    reception.message(peer, envelope, raw.as_bytes().to_vec()).await
}

const RAW: &str = "From: somebody@partner.test\r\nSubject: s\r\n\r\n.hello\r\n";

#[tokio::test]
async fn partners_mail_reaches_the_inbox_once_and_unchanged() {
    let house = House::open().await;
    let reply = house.receive(&["Contact@CORP.test", "accueil@corp.test"], RAW).await.unwrap();
    assert_eq!(reply.code, 250);
    let inbox = house.folder("accueil", FolderRole::Inbox).await;
    assert_eq!(inbox.len(), 1);
    assert!(inbox[0].ends_with(RAW));
    for field in
        ["Relais-Id: ", "Return-Path: <somebody@partner.test>\r\n", "Received: from mx.partner.test ([192.0.2.7])"]
    {
        assert!(inbox[0].contains(field), "{field} in {}", inbox[0]);
    }
    assert!(house.folder("maire", FolderRole::Inbox).await.is_empty());
}

#[tokio::test]
async fn what_a_stranger_says_in_our_name_is_not_kept() {
    let house = House::open().await;
    let raw = "Authentication-Results: mx.corp.test; dmarc=pass\r\nSubject: x\r\n\r\nbonjour\r\n";
    house.receive(&["accueil@corp.test"], raw).await.unwrap();
    let inbox = house.folder("accueil", FolderRole::Inbox).await;
    assert!(inbox[0].ends_with("\r\nSubject: x\r\n\r\nbonjour\r\n") && !inbox[0].contains("dmarc"), "{inbox:?}");
}

#[tokio::test]
async fn groups_and_contacts_are_expanded_here_and_elsewhere() {
    let house = House::open().await;
    let contact =
        Entry { primary: Some(address("x@elsewhere.test")), ..Entry::new("c".into(), EntryKind::Contact, "c") };
    let members = vec!["accueil".into(), "maire".into(), "c".into()];
    let group = Entry {
        primary: Some(address("tous@corp.test")),
        members,
        ..Entry::new("tous".into(), EntryKind::Group, "tous")
    };
    house.see(clock::now(), vec![contact, group]).await;
    house.receive(&["tous@corp.test"], RAW).await.unwrap();
    assert_eq!(house.folder("accueil", FolderRole::Inbox).await.len(), 1);
    assert_eq!(house.folder("maire", FolderRole::Inbox).await.len(), 1);
    assert_eq!(house.waiting().await, ["x@elsewhere.test"]);
}

// RFC 5321 §4.5.1
#[tokio::test]
async fn the_postmasters_mail_has_a_reader_with_and_without_a_domain() {
    let house = House::open().await;
    house.receive(&["PostMaster@corp.test"], RAW).await.unwrap();
    let envelope = Envelope {
        reverse_path: ReversePath::Null,
        recipients: vec![],
        body_8bit: false,
        smtputf8: false,
        envelope_id: None,
    };
    house.inbound.recipient(&partner(), &envelope, &ForwardPath::Postmaster).await.unwrap();
    assert_eq!(house.folder("maire", FolderRole::Inbox).await.len(), 1);
    house.see(clock::now(), vec![person("accueil", &["contact@corp.test", "postmaster@corp.test"])]).await;
    assert_eq!(house.folder("accueil", FolderRole::Inbox).await.len(), 0);
}

#[tokio::test]
async fn nobody_is_refused_for_good_on_a_stale_directory() {
    let house = House::open().await;
    let refusal = house.receive(&["nobody@corp.test"], RAW).await.unwrap_err();
    assert_eq!(refusal.enhanced, Some(Enhanced(5, 1, 1)));
    let refusal = house.receive(&["a@other.test"], RAW).await.unwrap_err();
    assert_eq!((refusal.code, refusal.enhanced), (550, Some(Enhanced(5, 7, 1))));

    // Seen only after the clean point: in doubt, so not for good, and not delivered either.
    let clean_point = clock::now();
    house.see(clean_point.plus_s(1), vec![person("nouveau", &[])]).await;
    house.posture.send_modify(|posture| posture.as_of = AsOf::Before(clean_point));
    let refusal = house.receive(&["nouveau@corp.test"], RAW).await.unwrap_err();
    assert_eq!((refusal.code, refusal.enhanced), (450, Some(Enhanced(4, 1, 1))));
}

#[tokio::test]
async fn an_alias_moved_after_the_clean_point_stays_with_its_owner() {
    let house = House::open().await;
    let clean_point = clock::now().plus_s(1);
    let attacked = clean_point.plus_s(1);
    house.see(attacked, vec![person("accueil", &[]), person("maire", &["contact@corp.test"])]).await;
    house.posture.send_modify(|posture| posture.as_of = AsOf::Before(clean_point));
    house.receive(&["contact@corp.test"], RAW).await.unwrap();
    assert_eq!(house.folder("accueil", FolderRole::Inbox).await.len(), 1);
    assert!(house.folder("maire", FolderRole::Inbox).await.is_empty());
}

#[tokio::test]
async fn standby_takes_nothing_and_refuses_nothing_for_good() {
    let house = House::open().await;
    house.posture.send_modify(|posture| posture.accepting = false);
    let refusal = house.receive(&["accueil@corp.test"], RAW).await.unwrap_err();
    assert_eq!((refusal.code, refusal.enhanced), (450, Some(Enhanced(4, 3, 2))));
    assert!(!house.addressing.is_accepting());
}

#[tokio::test]
async fn trouble_of_the_store_is_never_final() {
    let house = House::open().await;
    // Pinned to a place that this installation does not have: nothing may be written elsewhere.
    let pinned = Entry { region: Some(Region::parse("de-berlin").unwrap()), ..person("berlin", &[]) };
    house.see(clock::now(), vec![pinned]).await;
    let refusal = house.receive(&["berlin@corp.test"], RAW).await.unwrap_err();
    assert_eq!((refusal.code, refusal.enhanced), (451, Some(Enhanced(4, 3, 0))));
}

#[tokio::test]
async fn a_message_that_goes_round_in_circles_is_stopped() {
    let house = House::open().await;
    let raw = "Received: x\r\n".repeat(101) + RAW;
    assert_eq!(house.receive(&["accueil@corp.test"], &raw).await.unwrap_err().enhanced, Some(Enhanced(5, 4, 6)));
}

#[tokio::test]
async fn what_staff_send_is_signed_queued_and_filed() {
    let house = House::open().await;
    let raw = "From: Accueil <contact@corp.test>\r\nTo: x@elsewhere.test\r\nBcc: maire@corp.test\r\n\r\nbonjour\r\n";
    let to = ["x@elsewhere.test", "maire@corp.test", "accueil@corp.test"];
    house.submit("accueil", "accueil@corp.test", &to, raw).await.unwrap();
    let sent = house.folder("accueil", FolderRole::Sent).await;
    assert_eq!(sent.len(), 1);
    for field in ["DKIM-Signature: ", "d=corp.test", "Date: ", "Message-ID: <", "From: Accueil <contact@corp.test>\r\n"]
    {
        assert!(sent[0].contains(field), "{field} in {}", sent[0]);
    }
    assert!(!sent[0].contains("Bcc") && !sent[0].contains("192.0.2.7"), "{}", sent[0]);
    for owner in ["accueil", "maire"] {
        let inbox = house.folder(owner, FolderRole::Inbox).await;
        assert_eq!(inbox.len(), 1, "{owner}");
        assert!(inbox[0].ends_with("\r\n\r\nbonjour\r\n") && inbox[0].contains("DKIM-Signature: "), "{owner}");
    }
    assert_eq!(house.waiting().await, ["x@elsewhere.test"]);
}

#[tokio::test]
async fn nobody_sends_as_somebody_else() {
    let house = House::open().await;
    let own = "From: accueil@corp.test\r\n\r\n";
    for (envelope, raw) in [
        ("maire@corp.test", own),
        ("accueil@corp.test", "From: maire@corp.test\r\n\r\n"),
        ("accueil@corp.test", "From: accueil@corp.test\r\nFrom: maire@corp.test\r\n\r\n"),
        ("accueil@corp.test", "From: accueil@corp.test, maire@corp.test\r\n\r\n"),
    ] {
        let refusal = house.submit("accueil", envelope, &["x@elsewhere.test"], raw).await.unwrap_err();
        assert_eq!((refusal.code, refusal.enhanced), (550, Some(Enhanced(5, 7, 1))), "{envelope} {raw}");
    }
    assert!(house.waiting().await.is_empty());
    assert!(house.folder("accueil", FolderRole::Sent).await.is_empty());
}

/// Its members may not be read, or only the primary can work them out: a 250 would put the message nowhere.
#[tokio::test]
async fn mail_for_a_group_of_nobody_known_waits_at_its_sender() {
    let house = House::open().await;
    let group = Entry {
        primary: Some(address("tous@corp.test")),
        members: vec!["hidden".into()],
        ..Entry::new("tous".into(), EntryKind::Group, "tous")
    };
    house.see(clock::now(), vec![group]).await;
    let refusal = house.receive(&["tous@corp.test"], RAW).await.unwrap_err();
    assert_eq!((refusal.code, refusal.enhanced), (450, Some(Enhanced(4, 1, 1))));
}

#[tokio::test]
async fn what_commits_after_the_region_was_closed_is_not_taken() {
    let house = House::open().await;
    house.store.default_region().set_closed(true).await.unwrap();
    let refusal = house.receive(&["accueil@corp.test"], RAW).await.unwrap_err();
    assert_eq!(
        (refusal.code, refusal.enhanced),
        (450, Some(Enhanced(4, 3, 2))),
        "the posture is behind, the store is not"
    );
}

#[tokio::test]
async fn while_the_primary_has_the_mailboxes_a_notice_goes_out_to_it() {
    let house = House::open().await;
    house.posture.send_modify(|posture| posture.accepting = false);
    for local in ["accueil", "joined-since"] {
        let envelope = super::notice_envelope(&address(&format!("{local}@corp.test")));
        let mut delivery = super::Delivery::new(&house.addressing, "mx.corp.test");
        delivery.add(&envelope.recipients[0]).await.unwrap();
        let raw = b"Subject: Undelivered\r\n\r\n";
        let letter = super::Letter { envelope: &envelope, raw, stamps: Vec::new(), peer: None, at: clock::now() };
        delivery.commit(letter).await.unwrap();
    }
    assert_eq!(house.waiting().await, ["accueil@corp.test", "joined-since@corp.test"]);
    assert!(house.folder("accueil", FolderRole::Inbox).await.is_empty());
}
