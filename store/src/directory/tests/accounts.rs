//! Credentials and sessions, and somebody who adds, alters and revives them.

use super::*;
use crate::StoreError;

fn owner() -> Owner {
    Owner::Entry(id("anne"))
}

fn credential(id: u8) -> Credential {
    Credential {
        id: CredentialId([id; 16]),
        owner: owner(),
        kind: CredentialKind::AppPassword,
        secret_hash: vec![7; 32],
        label: "phone".to_owned(),
        created_at: NOW,
        expires_at: None,
        revoked_at: None,
        used_at: None,
    }
}

fn session(token: u8, via: &str) -> Session {
    Session {
        token_hash: [token; 32],
        owner: owner(),
        role: Role::Staff,
        via: via.to_owned(),
        peer: "192.0.2.1".to_owned(),
        agent: "browser".to_owned(),
        created_at: NOW,
        expires_at: NOW.plus_s(3600),
        ended_at: None,
        idle_ms: None,
        seen_at: None,
    }
}

async fn app_passwords(house: &House) -> Result<Vec<Credential>> {
    house.directory.credentials(&owner(), CredentialKind::AppPassword).await
}

#[tokio::test]
async fn credentials_are_kept_used_and_revoked() {
    let house = House::new().await;
    house.directory.add_credential(credential(1)).await.unwrap();
    house.directory.add_credential(credential(2)).await.unwrap();
    assert!(matches!(house.directory.add_credential(credential(2)).await, Err(StoreError::Exists(_))));
    house.directory.touch(&credential(1), NOW.plus_s(5)).await.unwrap();
    assert!(house.directory.revoke(CredentialId([1; 16]), NOW.plus_s(9)).await.unwrap());
    assert!(!house.directory.revoke(CredentialId([1; 16]), NOW.plus_s(9)).await.unwrap());
    let ways = house.directory.ways_in(NOW.plus_s(10)).await.unwrap();
    assert_eq!(ways, [(owner(), vec![CredentialKind::AppPassword])].into());
    let house = house.reopened().await;
    let kept = app_passwords(&house).await.unwrap();
    assert_eq!(kept[0].used_at, Some(NOW.plus_s(5)));
    assert!(!kept[0].is_valid(NOW.plus_s(10)) && kept[1].is_valid(NOW.plus_s(10)));
    assert_eq!(house.directory.revoke_all(CredentialKind::AppPassword, NOW.plus_s(11)).await.unwrap(), 1);
    assert_eq!(house.directory.findings().await.unwrap(), []);
}

#[tokio::test]
async fn a_credential_that_somebody_inserted_lets_nobody_in() {
    let house = House::new().await;
    house.directory.add_credential(credential(1)).await.unwrap();
    let mut db = house.intruder().await;
    let copied = "INSERT INTO credential SELECT x'22222222222222222222222222222222', owner, bucket, kind, secret_hash,
        label, created_at, expires_at, revoked_at, used_at, mac FROM credential";
    assert_eq!(execute(&mut db, copied).await, 1);
    assert!(matches!(app_passwords(&house).await, Err(StoreError::Tampered(_))));
}

#[tokio::test]
async fn a_revoked_credential_that_is_put_back_lets_nobody_in() {
    let house = House::new().await;
    house.directory.add_credential(credential(1)).await.unwrap();
    let mut db = house.intruder().await;
    execute(&mut db, "CREATE TABLE kept AS SELECT * FROM credential").await;
    house.directory.revoke(CredentialId([1; 16]), NOW).await.unwrap();
    execute(&mut db, "DELETE FROM credential").await;
    execute(&mut db, "INSERT INTO credential SELECT * FROM kept").await;
    assert!(matches!(app_passwords(&house).await, Err(StoreError::Tampered(_))));
}

#[tokio::test]
async fn sessions_end_one_by_one_and_by_the_way_they_came_in() {
    let house = House::new().await;
    for (token, via) in [(1, "saml"), (2, "saml"), (3, "password")] {
        house.directory.add_session(session(token, via)).await.unwrap();
    }
    assert!(house.directory.end_session([1; 32], NOW).await.unwrap());
    assert_eq!(house.directory.end_sessions(SessionsOf::Via("saml".to_owned()), NOW).await.unwrap(), 1);
    let open = house.directory.sessions(&owner(), NOW).await.unwrap();
    assert_eq!(open.iter().map(|session| session.token_hash[0]).collect::<Vec<_>>(), [3]);
    assert!(house.directory.find_session(&[2; 32], NOW).await.unwrap().is_none());
    assert!(house.directory.find_session(&[3; 32], NOW).await.unwrap().is_some());
    assert!(house.directory.find_session(&[3; 32], NOW.plus_s(3600)).await.unwrap().is_none());
    assert_eq!(house.directory.forget_sessions(NOW.plus_s(1)).await.unwrap(), 2);
    assert_eq!(house.directory.findings().await.unwrap(), []);
}

#[tokio::test]
async fn an_ended_session_cannot_be_revived_nor_made_an_admins() {
    let house = House::new().await;
    house.directory.add_session(session(1, "password")).await.unwrap();
    house.directory.add_session(session(2, "password")).await.unwrap();
    house.directory.end_session([1; 32], NOW).await.unwrap();
    let mut db = house.intruder().await;
    execute(&mut db, "UPDATE session SET ended_at = NULL").await;
    execute(&mut db, "UPDATE session SET role = 'admin'").await;
    for token in [1, 2] {
        let found = house.directory.find_session(&[token; 32], NOW).await;
        assert!(matches!(found, Err(StoreError::Tampered(_))), "{found:?}");
    }
}

#[tokio::test]
async fn refused_sign_ins_are_counted_by_person_and_day() {
    let house = House::new().await;
    house.directory.note_refused(&owner(), 2, NOW).await.unwrap();
    house.directory.note_refused(&owner(), 1, NOW.plus_s(1)).await.unwrap();
    let today = house.directory.refused_sign_ins(NOW).await.unwrap();
    assert_eq!(today, [RefusedSignIns { owner: owner(), count: 3, last_at: NOW.plus_s(1) }]);
    assert_eq!(house.directory.refused_sign_ins(NOW.plus_s(86_400)).await.unwrap(), []);
}

#[tokio::test]
async fn a_secret_is_renewed_once_and_never_after_it_was_revoked() {
    let house = House::new().await;
    let directory = &house.directory;
    directory.add_credential(credential(1)).await.unwrap();
    let before = credential(1);
    let (one, two) = tokio::join!(
        directory.renew_credential(&before, vec![8; 32], NOW),
        directory.renew_credential(&before, vec![9; 32], NOW)
    );
    assert!(one.unwrap() != two.unwrap());
    let kept = directory.credential(CredentialId([1; 16])).await.unwrap().unwrap();
    assert!(kept.secret_hash == [8; 32] || kept.secret_hash == [9; 32]);
    directory.revoke(kept.id, NOW).await.unwrap();
    assert!(!directory.renew_credential(&kept, vec![1; 32], NOW).await.unwrap());
    assert_eq!(directory.credential(CredentialId([7; 16])).await.unwrap(), None);
    assert_eq!(directory.findings().await.unwrap(), []);
}

#[tokio::test]
async fn somebodys_credentials_of_some_kinds_end_together() {
    let house = House::new().await;
    let recovery = Credential { kind: CredentialKind::Recovery, ..credential(3) };
    let theirs = Credential { owner: Owner::Entry(id("bruno")), ..recovery.clone() };
    let theirs = Credential { id: CredentialId([4; 16]), ..theirs };
    house.directory.add_credentials(vec![credential(1), recovery, theirs.clone()]).await.unwrap();
    assert_eq!(house.directory.revoke_of(&owner(), &[CredentialKind::Recovery], NOW).await.unwrap(), 1);
    let ways = house.directory.ways_in(NOW).await.unwrap();
    assert_eq!(ways, [(owner(), vec![CredentialKind::AppPassword])].into(), "a second factor alone is no way in");
    let kept = house.directory.credentials(&theirs.owner, CredentialKind::Recovery).await.unwrap();
    assert!(kept[0].is_valid(NOW));
    assert_eq!(house.directory.findings().await.unwrap(), []);
}

#[tokio::test]
async fn an_idle_session_ends_where_it_was_asked_to() {
    let house = House::new().await;
    let idle = Session { idle_ms: Some(600_000), ..session(1, "password") };
    house.directory.add_session(idle.clone()).await.unwrap();
    let find = |s| house.directory.find_session(&idle.token_hash, NOW.plus_s(s));
    let found = find(500).await.unwrap().unwrap();
    house.directory.touch_session(&found, NOW.plus_s(500)).await.unwrap();
    assert!(find(1099).await.unwrap().is_some());
    assert!(find(1100).await.unwrap().is_none());
    assert!(house.directory.sessions(&owner(), NOW.plus_s(1100)).await.unwrap().is_empty());
    assert_eq!(house.directory.findings().await.unwrap(), []);
}
