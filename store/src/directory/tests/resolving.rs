//! Where mail goes, and who signs in by which name.

use super::*;

#[tokio::test]
async fn groups_are_expanded_once_through_loops() {
    let house = House::new().await;
    let seen = vec![
        person("anne", &[]),
        person("bob", &[]),
        contact("partner", "z.quincampoix@partner.test"),
        group("all", &["staff", "bob", "nobody"]),
        group("staff", &["anne", "all", "partner", "staff"]),
    ];
    house.observe(seen, NOW).await;
    let Resolved::Group { members, external } = house.resolve("all@corp.test", AsOf::Now).await else {
        panic!("a group")
    };
    assert_eq!(std::collections::BTreeSet::from_iter(members), [id("anne"), id("bob")].into());
    assert_eq!(external, [address("z.quincampoix@partner.test")]);
}

#[tokio::test]
async fn a_group_is_expanded_as_it_was() {
    let house = House::new().await;
    house.observe(vec![person("anne", &[]), person("bob", &[]), group("all", &["anne"])], NOW).await;
    house.observe(vec![group("all", &["anne", "bob"])], NOW.plus_s(10)).await;
    let before = house.resolve("all@corp.test", AsOf::Before(NOW.plus_s(10))).await;
    assert_eq!(before, Resolved::Group { members: vec![id("anne")], external: vec![] });
}

#[tokio::test]
async fn a_deep_chain_of_groups_ends() {
    let house = House::new().await;
    let mut seen: Vec<_> = (0..500).map(|n| group(&format!("g{n}"), &[&format!("g{}", n + 1)])).collect();
    seen.push(group("g500", &["anne"]));
    seen.push(person("anne", &[]));
    house.observe(seen, NOW).await;
    let all = house.resolve("g0@corp.test", AsOf::Now).await;
    assert_eq!(all, Resolved::Group { members: vec![id("anne")], external: vec![] });
}

#[tokio::test]
async fn the_holder_of_a_primary_address_comes_before_the_holder_of_an_alias() {
    let house = House::new().await;
    house.observe(vec![person("zoe", &["anne@corp.test"])], NOW).await;
    house.observe(vec![person("anne", &[])], NOW.plus_s(1)).await;
    assert_eq!(house.resolve("anne@corp.test", AsOf::Now).await, mailbox("anne"));
}

#[tokio::test]
async fn people_sign_in_by_any_address_or_a_local_part_that_is_theirs_alone() {
    let house = House::new().await;
    let seen = vec![
        person("anne", &["a.martin@corp.test"]),
        Sighting::Present(Entry {
            aliases: vec![address("anne@other.test"), address("b@other.test")],
            ..entry(EntryKind::Person, "bob", &[])
        }),
        group("all", &["anne"]),
    ];
    house.observe(seen, NOW).await;
    let who = async |login: &str| house.directory.person(login, AsOf::Now).await.unwrap().map(|entry| entry.id.0);
    assert_eq!(who("A.Martin@Corp.Test").await.as_deref(), Some("anne"));
    assert_eq!(who("a.martin").await.as_deref(), Some("anne"));
    assert_eq!(who("B").await.as_deref(), Some("bob"));
    assert_eq!(who("anne").await, None, "two people have this local part");
    assert_eq!(who("all@corp.test").await, None, "a group signs in nowhere");
    assert_eq!(who("").await, None);
}
