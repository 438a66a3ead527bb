//! The address book finds people by a few letters.

use super::*;

fn called(id: &str, name: &str, kind: EntryKind) -> Entry {
    Entry { name: name.to_owned(), ..entry(kind, id, &[]) }
}

async fn names(house: &House, query: &str, as_of: AsOf) -> Vec<String> {
    let found = house.directory.complete(query, as_of, 10).await.unwrap();
    found.into_iter().map(|entry| entry.name).collect()
}

#[tokio::test]
async fn a_few_letters_find_whoever_is_called_so() {
    let house = House::new().await;
    let hidden = Entry { hidden: true, ..called("zorro", "Anne Cachée", EntryKind::Person) };
    let seen = [
        called("anne.muller", "Anne Müller", EntryKind::Person),
        called("jpm", "Jean-Pierre Lœwe", EntryKind::Person),
        called("muller.annabelle", "Müller Annabelle", EntryKind::Person),
        called("annonces", "Petites annonces", EntryKind::Group),
        hidden,
    ];
    house.observe(seen.map(Sighting::Present).into(), NOW).await;
    let now = AsOf::Now;
    assert_eq!(names(&house, "ann", now).await, ["Anne Müller", "Müller Annabelle", "Petites annonces"]);
    assert_eq!(names(&house, "MÜL", now).await, ["Müller Annabelle", "Anne Müller"]);
    assert_eq!(names(&house, "mull ann", now).await, ["Anne Müller", "Müller Annabelle"]);
    assert_eq!(names(&house, "pierre loew", now).await, ["Jean-Pierre Lœwe"]);
    assert_eq!(names(&house, "jpm@corp", now).await, ["Jean-Pierre Lœwe"]);
    assert_eq!(names(&house, "Anne Müller <anne.muller@corp.test>", now).await, ["Anne Müller"]);
    for none in ["", " ,; ", "nne", "cachee", "zorro", "corp.test"] {
        assert!(names(&house, none, now).await.is_empty(), "{none}");
    }
    let long = "é".repeat(5000);
    assert!(names(&house, &long, now).await.is_empty());
    let (groups, all) = house.directory.address_book(now, Some(EntryKind::Group), 0..10).await.unwrap();
    assert_eq!((groups.len(), all), (1, 1));
    let (second, all) = house.directory.address_book(now, None, 1..2).await.unwrap();
    assert_eq!((second[0].name.as_str(), all), ("Jean-Pierre Lœwe", 4));
}

#[tokio::test]
async fn the_book_follows_the_directory_and_the_clean_point() {
    let house = House::new().await;
    house.observe(vec![person("anne", &[]), contact("z", "z.quincampoix@partner.test")], NOW).await;
    assert_eq!(names(&house, "ann", AsOf::Now).await, ["anne"]);
    assert_eq!(names(&house, "z.quin", AsOf::Now).await, [""], "sealed: its address only");
    assert!(names(&house, "zenob", AsOf::Now).await.is_empty());
    house.observe(vec![person("annexe", &[]), Sighting::Gone(id("anne"))], NOW.plus_s(60)).await;
    assert_eq!(names(&house, "ann", AsOf::Now).await, ["annexe"]);
    assert_eq!(names(&house, "ann", AsOf::Before(NOW.plus_s(30))).await, ["anne"]);
    house.directory.unseal_contacts(&house.unlock).await.unwrap();
    assert_eq!(names(&house, "zenob", AsOf::Now).await, ["Zénobie Quincampoix"]);
    house.directory.reseal_contacts();
    assert!(names(&house, "zenob", AsOf::Now).await.is_empty());
}
