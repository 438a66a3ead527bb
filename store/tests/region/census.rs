//! Everybody, a page at a time: nobody is left out, nobody is there twice, and counts agree with rows.

use mail::Address;
use store::directory::{AsOf, Entry, EntryKind, Sighting};
use store::region::{Census, CleanPoint, NewMailbox};
use store::{EntryId, MailboxId};

use crate::house::{House, START};

fn new(n: usize) -> NewMailbox {
    NewMailbox { owner: format!("p{n}").as_str().into(), address: format!("p{n}@corp.test"), shared: false }
}

fn entry(n: usize) -> Entry {
    let primary = Some(Address::parse(&format!("p{n}@corp.test")).unwrap());
    Entry { primary, ..Entry::new(EntryId(format!("p{n:03}")), EntryKind::Person, "P") }
}

#[tokio::test]
async fn mailboxes_come_in_pages() {
    let house = House::new().await;
    house.region().provision(&(0..25).map(new).collect::<Vec<_>>(), START).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = house.region().mailboxes_after(after, 10).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        seen.extend(page.iter().map(|row| row.id));
    }
    assert_eq!(seen.len(), 26);
    assert!(seen.is_sorted());
    assert_eq!(house.region().mailbox_count().await.unwrap(), 26);
}

#[tokio::test]
async fn those_without_a_mailbox_are_named() {
    let house = House::new().await;
    house.region().provision(&[new(1), new(2)], START).await.unwrap();
    let moved = NewMailbox { address: "autre@corp.test".to_owned(), ..new(2) };
    let missing = house.region().missing(vec![new(1), moved.clone(), new(3)]).await.unwrap();
    assert_eq!(missing, [moved, new(3)]);
    let without = house.region().without_mailbox(vec!["p1".into(), "p3".into()]).await.unwrap();
    assert_eq!(without, [EntryId::from("p3")]);
}

#[tokio::test]
async fn the_census_counts_what_is_laid_out_for_the_clean_point_in_force() {
    let house = House::new().await;
    let ids = house.region().provision(&[new(1), new(2)], START).await.unwrap();
    let (all, own) = (CleanPoint::At(START.plus_s(5)), CleanPoint::Unknown);
    let census = async |wanted| house.region().census(wanted).await.unwrap();
    assert_eq!(census(all).await, Census { mailboxes: 3, laid_out: 0, unsealed: 0 });
    house.region().set_clean_point(None, all, START.plus_s(5)).await.unwrap();
    house.region().lay_out(house.mailbox).await.unwrap();
    house.region().lay_out(ids[0]).await.unwrap();
    assert_eq!(census(all).await.laid_out, 2);
    assert_eq!(census(own).await.laid_out, 0);
    house.region().set_clean_point(Some(&[ids[0]]), own, START.plus_s(6)).await.unwrap();
    assert_eq!(census(all).await.laid_out, 1, "one of them is to be laid out for another");
    house.region().lay_out(ids[0]).await.unwrap();
    assert_eq!(census(own).await.laid_out, 1);
    assert_eq!(house.region().unseal(&house.unlock, None).await.unwrap(), 3);
    assert_eq!(census(all).await, Census { mailboxes: 3, laid_out: 1, unsealed: 3 });
}

#[tokio::test]
async fn unsealing_opens_every_page_once() {
    let house = House::new().await;
    let ids = house.region().provision(&(0..2100).map(new).collect::<Vec<_>>(), START).await.unwrap();
    let some: Vec<MailboxId> = ids.iter().copied().step_by(2).collect();
    assert_eq!(house.region().unseal(&house.unlock, Some(&some)).await.unwrap(), 1050);
    assert_eq!(house.region().unseal(&house.unlock, None).await.unwrap(), 1051);
    assert!(ids.iter().all(|id| house.region().is_unsealed(*id)));
}

#[tokio::test]
async fn entries_come_in_pages_as_of_any_moment() {
    let house = House::new().await;
    let directory = house.store.directory();
    let present = (0..25).map(entry).map(Sighting::Present).collect();
    directory.observe("ldap", present, None, START).await.unwrap();
    let gone = (0..12).map(|n| Sighting::Gone(entry(n).id)).collect();
    directory.observe("ldap", gone, None, START.plus_s(10)).await.unwrap();
    for (as_of, count) in [(AsOf::Now, 13), (AsOf::Before(START.plus_s(5)), 25)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = directory.entries_after(after.as_ref(), 7, as_of).await.unwrap();
            assert!(page.entries.len() <= 7);
            seen.extend(page.entries);
            after = page.last;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, directory.entries(as_of).await.unwrap());
        assert_eq!(seen.len(), count);
    }
}
