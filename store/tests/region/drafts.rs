//! Drafts: never lost, never written over, sealed, sent once.

use store::region::{Draft, DraftKind, DraftState, Original, Saved, Sending};
use store::{DraftId, FolderId, StoreError};

use crate::house::{House, START};

const MB: u64 = 1024 * 1024;

fn draft(text: &str) -> Draft {
    let original = Original {
        content: store::ContentId([7; 16]),
        folder: FolderId(1),
        uid: 3,
        message_id: Some("<quincampoix@partner.test>".to_owned()),
        references: Vec::new(),
    };
    Draft {
        kind: DraftKind::Reply,
        to: "Zénobie <z@partner.test>, bru".to_owned(),
        subject: "Re: Chantier".to_owned(),
        text: text.to_owned(),
        original: Some(original),
        ..Draft::default()
    }
}

async fn begun(house: &House, text: &str) -> DraftId {
    house.unseal().await;
    match house.region().save_draft(house.mailbox, None, &draft(text), START).await.unwrap() {
        Saved::Done { id, revision: 1 } => id,
        other => panic!("{other:?}"),
    }
}

/// The house after the process ended and began again.
async fn restarted(house: House) -> House {
    let House { folder, config, unlock, store, mailbox } = house;
    drop(store);
    let mut tries = 0;
    let store = loop {
        match store::Store::open(config.clone()).await {
            Err(StoreError::Locked(_)) if tries < 10_000 => {
                tries += 1;
                tokio::task::yield_now().await;
            }
            other => break other.unwrap(),
        }
    };
    let house = House { folder, config, unlock, store, mailbox };
    house.unseal().await;
    house
}

#[tokio::test]
async fn drafts_and_what_hangs_on_them_survive_a_restart() {
    let house = House::new().await;
    let id = begun(&house, "Bonjour 🙂 שלום").await;
    let small =
        house.region().attach(house.mailbox, id, ("a \"b\" שלום.pdf", "application/pdf"), vec![1; 9], MB, START);
    let small = small.await.unwrap();
    let random: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let large =
        house.region().attach(house.mailbox, id, ("plan.bin", "application/octet-stream"), random.clone(), MB, START);
    let large = large.await.unwrap();
    let house = restarted(house).await;
    let region = house.region();
    let row = region.draft(house.mailbox, id).await.unwrap();
    assert_eq!(
        (row.draft, row.revision, row.state, row.attached),
        (draft("Bonjour 🙂 שלום"), 1, DraftState::Writing, 2)
    );
    assert_eq!(region.draft_parts(house.mailbox, id).await.unwrap(), [small.clone(), large.clone()]);
    assert_eq!(region.draft_part(house.mailbox, id, small.id).await.unwrap().1, [1; 9]);
    assert_eq!(region.draft_part(house.mailbox, id, large.id).await.unwrap().1, random);
    assert_eq!(region.drafts(house.mailbox).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_data_folder_tells_nothing_of_a_draft() {
    let house = House::new().await;
    let id = begun(&house, "Quincampoix construit").await;
    let body = b"PLAN-DU-CHANTIER".repeat(4);
    house.region().attach(house.mailbox, id, ("chantier-secret.txt", "text/plain"), body, MB, START).await.unwrap();
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        let path = file.unwrap().path();
        bytes.extend(if path.is_file() { std::fs::read(path).unwrap() } else { Vec::new() });
    }
    assert!(bytes.len() > 10_000);
    for word in ["uincampoix", "Chantier", "chantier-secret", "PLAN-DU", "partner.test"] {
        assert!(!bytes.windows(word.len()).any(|some| some == word.as_bytes()), "{word}");
    }
    house.region().reseal();
    assert!(matches!(house.region().draft(house.mailbox, id).await, Err(StoreError::Sealed(_))));
}

#[tokio::test]
async fn two_windows_do_not_write_over_each_other() {
    let house = House::new().await;
    let id = begun(&house, "un").await;
    let save = |revision, text| {
        let (draft, house) = (draft(text), &house);
        async move { house.region().save_draft(house.mailbox, Some((id, revision)), &draft, START.plus_s(1)).await.unwrap() }
    };
    assert_eq!(save(1, "deux").await, Saved::Done { id, revision: 2 });
    let elsewhere = Saved::Elsewhere { revision: 2, state: DraftState::Writing };
    assert_eq!(save(1, "trois").await, elsewhere);
    assert_eq!(save(1, "deux").await, Saved::Done { id, revision: 2 }, "an answer that was lost");
    assert_eq!(house.region().draft(house.mailbox, id).await.unwrap().draft.text, "deux");
    let (one, other) = tokio::join!(save(2, "a"), save(2, "b"));
    assert_ne!(matches!(one, Saved::Done { .. }), matches!(other, Saved::Done { .. }));
}

#[tokio::test]
async fn a_draft_is_sent_once() {
    let house = House::new().await;
    let id = begun(&house, "partez").await;
    let (region, mailbox) = (house.region(), house.mailbox);
    region.attach(mailbox, id, ("a", "text/plain"), vec![0; 3], MB, START).await.unwrap();
    assert_eq!(region.hand_over_draft(mailbox, id, 9, START).await.unwrap(), Sending::Changed);
    let both =
        tokio::join!(region.hand_over_draft(mailbox, id, 1, START), region.hand_over_draft(mailbox, id, 1, START));
    let (one, other) = (both.0.unwrap(), both.1.unwrap());
    assert_ne!(matches!(one, Sending::Go(_)), matches!(other, Sending::Go(_)), "{one:?} {other:?}");
    assert_eq!(region.hand_over_draft(mailbox, id, 1, START).await.unwrap(), Sending::InHand(START));
    assert!(region.discard_draft(mailbox, id).await.is_err(), "it is on its way");
    region.take_draft_back(mailbox, id, START).await.unwrap();
    assert!(matches!(region.hand_over_draft(mailbox, id, 1, START).await.unwrap(), Sending::Go(_)));
    let content = region.new_content_id();
    region.draft_sent(mailbox, id, content, START).await.unwrap();
    region.draft_sent(mailbox, id, region.new_content_id(), START).await.unwrap();
    assert_eq!(region.hand_over_draft(mailbox, id, 1, START).await.unwrap(), Sending::Sent(content));
    let row = region.draft(mailbox, id).await.unwrap();
    assert_eq!((row.draft.text.as_str(), row.attached, row.state), ("partez", 0, DraftState::Sent(content)));
    assert!(region.drafts(mailbox).await.unwrap().is_empty());
    let late = region.save_draft(mailbox, Some((id, 1)), &draft("zu spät"), START).await.unwrap();
    assert_eq!(late, Saved::Elsewhere { revision: 1, state: DraftState::Sent(content) });
}

#[tokio::test]
async fn more_than_fits_is_refused_and_the_text_is_kept() {
    let house = House::new().await;
    let id = begun(&house, "texte").await;
    let (region, mailbox) = (house.region(), house.mailbox);
    let attach = |bytes: usize| region.attach(mailbox, id, ("x", "text/plain"), vec![7; bytes], 100_000, START);
    attach(60_000).await.unwrap();
    assert!(matches!(attach(40_001).await, Err(StoreError::Refused(_))));
    let kept = attach(40_000).await.unwrap();
    region.detach(mailbox, id, kept.id).await.unwrap();
    assert!(region.detach(mailbox, id, kept.id).await.is_err());
    assert_eq!(region.draft_parts(mailbox, id).await.unwrap().len(), 1);
    assert_eq!(region.draft(mailbox, id).await.unwrap().draft.text, "texte");
    region.discard_draft(mailbox, id).await.unwrap();
    assert!(matches!(region.draft(mailbox, id).await, Err(StoreError::NoSuch(_))));
}

#[tokio::test]
async fn what_nobody_touched_goes_and_what_was_saved_stays() {
    let house = House::new().await;
    let saved = begun(&house, "gardé").await;
    let (region, mailbox) = (house.region(), house.mailbox);
    let untouched = region.begin_draft(mailbox, &draft(""), START).await.unwrap();
    let hung = region.begin_draft(mailbox, &draft(""), START).await.unwrap();
    region.attach(mailbox, hung, ("x", "text/plain"), vec![1], MB, START).await.unwrap();
    region.begin_draft(mailbox, &draft(""), START.plus_s(90_000)).await.unwrap();
    assert!(matches!(region.draft(mailbox, untouched).await, Err(StoreError::NoSuch(_))));
    region.draft(mailbox, saved).await.unwrap();
    region.draft(mailbox, hung).await.unwrap();
}

#[tokio::test]
async fn nobody_else_reads_a_draft_and_a_changed_one_is_not_used() {
    let house = House::new().await;
    let id = begun(&house, "texte").await;
    let region = house.region();
    let new = store::region::NewMailbox { owner: "maire".into(), address: "maire@corp.test".into(), shared: false };
    let other = region.provision(&[new], START).await.unwrap()[0];
    assert!(matches!(region.draft(other, id).await, Err(StoreError::NoSuch(_))));
    let kept = region.draft(house.mailbox, id).await.unwrap();
    let part = region.attach(house.mailbox, id, ("x", "text/plain"), vec![1], MB, START).await.unwrap();
    assert!(region.draft_part(other, id, part.id).await.is_err());
    crate::faults::meddle(&house, "UPDATE draft SET changed_at = changed_at + 1").await;
    assert_eq!(kept.revision, 1);
    assert!(matches!(region.draft(house.mailbox, id).await, Err(StoreError::Tampered(_))));
    assert!(region.drafts(house.mailbox).await.unwrap().is_empty());
}
