#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use axum::body::Body;
use axum::http::{StatusCode, header};
use mail::{Address, FolderRole, ForwardPath, Reply, Summary};
use store::DraftId;
use store::directory::{Entry, EntryKind, Sighting};
use store::region::Sending;

use crate::testing::{Answer, NOW, Test, entry};

const LETTER: &str = "From: Zoé <z@partner.test>\nTo: anne@corp.test\nCc: Bruno <bruno@corp.test>\nSubject: Chantier\n\
                      Message-ID: <one@partner.test>\n\nBonjour Anne\n";

/// The number in `/draft/{id}...`.
fn id_of(path: &str) -> i64 {
    let digits: String = path.trim_start_matches("/draft/").chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no draft in {path}"))
}

async fn begun(test: &Test, query: &str) -> (i64, Answer) {
    let begun = test.get(&format!("/compose{query}")).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let page = test.get(begun.location()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    (id_of(begun.location()), page)
}

async fn answering(test: &Test, how: &str) -> (i64, Answer) {
    test.receive(LETTER, 1).await;
    let inbox = test.folder(FolderRole::Inbox).await;
    begun(test, &format!("?{how}={inbox}.1")).await
}

async fn upload(test: &Test, id: i64, name: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{}\r\n--x\r\nContent-Disposition: form-data; \
         name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/pdf\r\n\r\n",
        test.token
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let request = test.request("POST", &format!("/draft/{id}/attach"));
    let request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    test.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_letter_is_answered_once_with_what_hangs_on_it() {
    let test = Test::new().await;
    let (id, page) = answering(&test, "all").await;
    for word in [
        "Zoé &#60;z@partner.test&#62;",
        "Bruno &#60;bruno@corp.test&#62;",
        "Re: Chantier",
        "&#62; Bonjour Anne",
        "Anne Müller",
    ] {
        assert!(page.text.contains(word), "{word}: {}", page.text);
    }
    let uploaded = upload(&test, id, "plan été.pdf", &[0, 1, 255]).await;
    assert_eq!(uploaded.location(), format!("/draft/{id}"), "{}", uploaded.text);
    let form = [
        ("revision", "0"),
        ("to", "Zoé <z@partner.test>"),
        ("cc", "bruno"),
        ("bcc", "Chloé Lœwe"),
        ("subject", "Re: Chantier 🙂"),
        ("text", "D’accord.\r\n-- \r\nAnne"),
    ];
    let sent = test.post(&format!("/draft/{id}/send"), &form).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, &*format!("/draft/{id}")));
    let after = test.get(sent.location()).await;
    assert!(after.text.contains("Your message is sent"), "{}", after.text);
    let again = test.post(&format!("/draft/{id}/send"), &form).await;
    assert!(test.get(again.location()).await.text.contains("Your message is sent"));

    let all = test.stand.sent.lock().unwrap().clone();
    assert_eq!(all.len(), 1, "pressed twice, sent once");
    let to: Vec<ForwardPath> = all[0].envelope.recipients.iter().map(|to| to.path.clone()).collect();
    let expected = ["z@partner.test", "bruno@corp.test", "chloe@corp.test"];
    assert_eq!(to, expected.map(|to| ForwardPath::Address(Address::parse(to).unwrap())));
    let read = Summary::of(&all[0].raw);
    assert_eq!(read.correspondence.in_reply_to.as_deref(), Some("<one@partner.test>"));
    assert_eq!(read.correspondence.subject.as_deref(), Some("Re: Chantier 🙂"));
    assert!(!String::from_utf8_lossy(&all[0].raw).contains("chloe"));
    let files = super::original::files(&read, &all[0].raw);
    assert_eq!((files[0].name.as_str(), files[0].bytes.as_slice()), ("plan été.pdf", &[0, 1, 255][..]));
    let inbox = test.folder(FolderRole::Inbox).await;
    assert!(test.get(&format!("/f/{inbox}")).await.text.contains("Answered"));
    assert!(test.get("/drafts").await.text.contains("There is no draft."));
}

#[tokio::test]
async fn two_windows_lose_nothing() {
    let test = Test::new().await;
    let (id, _) = begun(&test, "").await;
    let save = format!("/draft/{id}/save");
    let first = test.post(&save, &[("revision", "0"), ("subject", "Eins"), ("text", "aus dem ersten Fenster")]).await;
    assert_eq!(first.location(), format!("/draft/{id}?saved=1"));
    upload(&test, id, "a.txt", b"x").await;
    let second = test.post(&save, &[("revision", "0"), ("subject", "Zwei"), ("text", "aus dem zweiten")]).await;
    let other = id_of(second.location());
    assert_ne!(other, id);
    let page = test.get(second.location()).await;
    assert!(page.text.contains("changed in another window") && page.text.contains("aus dem zweiten"), "{}", page.text);
    assert!(page.text.contains(&format!("/draft/{id}\"")) && page.text.contains("a.txt"), "{}", page.text);
    assert!(test.get(&format!("/draft/{id}")).await.text.contains("aus dem ersten Fenster"));
    let list = test.get("/drafts").await;
    assert!(
        list.text.contains("2 drafts") && list.text.contains("Eins") && list.text.contains("Zwei"),
        "{}",
        list.text
    );
    test.post(&format!("/draft/{id}/discard"), &[]).await;
    let gone = test.post(&save, &[("revision", "1"), ("subject", "Doch"), ("text", "nach dem Verwerfen")]).await;
    assert!(test.get(gone.location()).await.text.contains("nach dem Verwerfen"));
}

#[tokio::test]
async fn the_script_saves_and_hears_what_became_of_it() {
    let test = Test::new().await;
    let (id, _) = begun(&test, "").await;
    let ask = |revision: u32, text: &str| {
        let body = format!("token={}&revision={revision}&text={text}", test.token);
        let request = test.request("POST", &format!("/draft/{id}/save")).header(header::ACCEPT, "application/json");
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(body)).unwrap()
    };
    let json = |answer: Answer| serde_json::from_str::<serde_json::Value>(&answer.text).unwrap();
    let saved = json(test.ask(ask(0, "eins")).await);
    assert_eq!((saved["id"].as_str().unwrap(), saved["revision"].as_u64()), (&*id.to_string(), Some(1)));
    let lost_answer = json(test.ask(ask(0, "eins")).await);
    assert_eq!((lost_answer["id"].clone(), lost_answer["revision"].as_u64()), (saved["id"].clone(), Some(1)));
    let conflict = json(test.ask(ask(0, "zwei")).await);
    assert_ne!(conflict["id"], saved["id"]);
    assert!(conflict["says"].as_str().unwrap().contains("another window"));
}

#[tokio::test]
async fn a_wrong_address_is_named_and_the_text_is_kept() {
    let test = Test::new().await;
    let (id, _) = begun(&test, "").await;
    let form = [("revision", "0"), ("to", "bruno; nobody@corp.test; Quincampoix"), ("text", "Mon texte")];
    let sent = test.post(&format!("/draft/{id}/send"), &form).await;
    assert_eq!(sent.location(), format!("/draft/{id}?unsent=1"));
    let page = test.get(sent.location()).await;
    for said in ["“nobody@corp.test” is not known", "“Quincampoix” is neither", "Not sent yet", "Mon texte"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let none = test.post(&format!("/draft/{id}/send"), &[("revision", "1"), ("text", "Mon texte")]).await;
    assert!(test.get(none.location()).await.text.contains("Nobody is named"));
    assert!(test.stand.sent.lock().unwrap().is_empty());
    let checked = test.post(&format!("/draft/{id}/names"), &[("revision", "2"), ("to", "bruno, chloe")]).await;
    let page = test.get(checked.location()).await;
    assert!(
        page.text.contains("Bruno Petit &#60;bruno@corp.test&#62;, Chloé Lœwe")
            && page.text.contains("All names are known"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn what_the_service_refuses_is_written_on() {
    let test = Test::new().await;
    let (id, _) = begun(&test, "?to=z@partner.test").await;
    let form = [("revision", "0"), ("to", "z@partner.test"), ("text", "Noch da")];
    *test.stand.refuse.lock().unwrap() = Some(Reply::plain(451, "later"));
    let sent = test.post(&format!("/draft/{id}/send"), &form).await;
    let page = test.get(sent.location()).await;
    assert!(
        page.text.contains("cannot take this message at the moment") && page.text.contains("Noch da"),
        "{}",
        page.text
    );
    *test.stand.refuse.lock().unwrap() = None;
    let form = [("revision", "1"), ("to", "z@partner.test"), ("text", "Noch da")];
    let sent = test.post(&format!("/draft/{id}/send"), &form).await;
    assert!(test.get(sent.location()).await.text.contains("Your message is sent"));
    let late = [("revision", "1"), ("to", "z@partner.test"), ("text", "Etwas anderes")];
    let other = test.post(&format!("/draft/{id}/send"), &late).await;
    assert_ne!(id_of(other.location()), id);
    let page = test.get(other.location()).await;
    assert!(page.text.contains("was sent already") && page.text.contains("Etwas anderes"), "{}", page.text);
    assert_eq!(test.stand.sent.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_by_name_of_the_limit() {
    let mut test = Test::new().await;
    let mut settings = (*test.house.settings).clone();
    settings.message_max_bytes = 1_000_000;
    test.house.settings = settings.into();
    test.router = crate::staff::router(test.house.clone());
    let (id, _) = begun(&test, "").await;
    test.post(&format!("/draft/{id}/save"), &[("revision", "0"), ("text", "Mein Text")]).await;
    let large = upload(&test, id, "film.mp4", &vec![7; 900_000]).await;
    let page = test.get(large.location()).await;
    assert!(
        page.text.contains("kB at most") && page.text.contains("Mein Text") && !page.text.contains("film.mp4"),
        "{}",
        page.text
    );
    let fits = upload(&test, id, "C:\\Users\\anne\\plan.pdf", &vec![7; 200_000]).await;
    let page = test.get(fits.location()).await;
    assert!(page.text.contains("plan.pdf") && !page.text.contains("Users"), "{}", page.text);
    let part = page.text.split("/part/").nth(1).unwrap()[..32].to_owned();
    let file = test.get(&format!("/draft/{id}/part/{part}")).await;
    assert_eq!(file.headers[header::CONTENT_DISPOSITION], "attachment; filename*=UTF-8''plan.pdf");
    assert_eq!(file.text.len(), 200_000);
    test.post(&format!("/draft/{id}/detach"), &[("revision", "1"), ("text", "Mein Text"), ("part", &part)]).await;
    let page = test.get(&format!("/draft/{id}")).await;
    assert!(!page.text.contains("plan.pdf") && page.text.contains("Mein Text"));
}

#[tokio::test]
async fn an_upload_without_token_or_session_is_not_taken() {
    let mut test = Test::new().await;
    let (id, _) = begun(&test, "").await;
    let token = std::mem::replace(&mut test.token, "wrong".to_owned());
    assert_eq!(upload(&test, id, "a", b"x").await.status, StatusCode::FORBIDDEN);
    test.token = token;
    test.cookie = String::new();
    let out = upload(&test, id, "a", b"x").await;
    assert!(out.status == StatusCode::UNAUTHORIZED && out.text.contains("/sign-in"), "{}", out.text);
    test.sign_in("anne").await;
    assert!(!test.get(&format!("/draft/{id}")).await.text.contains("/part/"));
    let back = test.post(&format!("/draft/{id}/attach"), &[]).await;
    assert_eq!(back.location(), format!("/draft/{id}/attach"));
    assert!(test.get(back.location()).await.text.contains("multipart/form-data"));
}

#[tokio::test]
async fn a_session_that_ended_keeps_the_whole_letter() {
    let mut test = Test::new().await;
    let (id, _) = begun(&test, "").await;
    test.cookie = String::new();
    let form = [("revision", "0"), ("to", "z@partner.test"), ("text", "Ein langer Brief, der nicht verloren geht")];
    let out = test.post(&format!("/draft/{id}/send"), &form).await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED);
    assert!(out.text.contains("Ein langer Brief") && out.text.contains("z@partner.test"), "{}", out.text);
    assert!(test.stand.sent.lock().unwrap().is_empty());
    test.sign_in("anne").await;
    let sent = test.post(&format!("/draft/{id}/send"), &form).await;
    assert!(test.get(sent.location()).await.text.contains("Your message is sent"));
}

#[tokio::test]
async fn a_forwarded_letter_takes_its_files_along_and_no_page_of_the_sender() {
    let test = Test::new().await;
    let raw = "From: z@partner.test\nTo: anne@corp.test\nSubject: =?utf-8?q?Fwd=3A_Plan?=\nMIME-Version: 1.0\n\
               Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n\n\
               <img src=x onerror=alert(1)><p>Voici</p></textarea><script>x</script>\n--a\nContent-Type: image/png\n\
               Content-Disposition: attachment; filename=\"<b>plan</b>.png\"\nContent-Transfer-Encoding: base64\n\nAQID\n--a--\n";
    test.receive(raw, 1).await;
    let inbox = test.folder(FolderRole::Inbox).await;
    let (id, page) = begun(&test, &format!("?forward={inbox}.1")).await;
    assert!(page.text.contains("FW: Plan") && page.text.contains("Voici"), "{}", page.text);
    assert!(page.text.contains("&#60;b&#62;plan&#60;"), "{}", page.text);
    assert!(!page.text.contains("<img") && !page.text.contains("<script>") && !page.text.contains("<b>plan"));
    let form = [("revision", "0"), ("to", "bruno"), ("subject", "TR: Plan"), ("text", "x")];
    test.post(&format!("/draft/{id}/send"), &form).await;
    let sent = test.stand.sent.lock().unwrap()[0].raw.clone();
    assert_eq!(super::original::files(&Summary::of(&sent), &sent)[0].bytes, [1, 2, 3]);
    assert!(test.get("/compose?reply=1.999").await.status == StatusCode::NOT_FOUND);
    assert!(test.get("/compose?reply=x").await.status == StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_left_in_hand_is_found_out_about() {
    let test = Test::new().await;
    let region = test.house.store.default_region();
    let (id, _) = begun(&test, "").await;
    let in_hand = |s| region.hand_over_draft(test.mailbox, DraftId(id), 0, NOW.plus_s(s));
    assert!(matches!(in_hand(-10).await.unwrap(), Sending::Go(_)));
    assert!(test.get(&format!("/draft/{id}")).await.text.contains("on its way"));
    region.take_draft_back(test.mailbox, DraftId(id), NOW).await.unwrap();
    assert!(matches!(in_hand(-500).await.unwrap(), Sending::Go(_)));
    let page = test.get(&format!("/draft/{id}")).await;
    assert!(page.text.contains("name=\"subject\""), "it is not in Sent Items: {}", page.text);

    assert!(matches!(in_hand(-500).await.unwrap(), Sending::Go(_)));
    let from = Address::parse("anne@corp.test").unwrap();
    let raw = format!("Message-ID: <{}>\r\n\r\nx", super::build::message_id(DraftId(id), &from)).into_bytes();
    let sent = store::FolderId(test.folder(FolderRole::Sent).await);
    region.append(test.mailbox, sent, raw, mail::Flags::none(), NOW, NOW).await.unwrap();
    assert!(test.get(&format!("/draft/{id}")).await.text.contains("Your message is sent"));
}

#[tokio::test]
async fn people_and_groups_are_found_by_a_few_letters() {
    let test = Test::new().await;
    let members = ["bruno", "chloe"].map(store::EntryId::from).to_vec();
    let council = Entry { members, ..entry("conseil", "Conseil municipal", EntryKind::Group) };
    test.house.store.directory().observe("csv", vec![Sighting::Present(council)], None, NOW).await.unwrap();
    assert_eq!(test.get("/contacts/complete?q=ch").await.text, "[]");
    let offered = test.get("/contacts/complete?q=CHLO").await;
    assert!(offered.text.contains("Chloé Lœwe <chloe@corp.test>"), "{}", offered.text);
    assert_eq!(offered.headers[header::CONTENT_TYPE], "application/json");
    let page = test.get("/contacts").await;
    for word in ["Anne Müller", "Bruno Petit", "Conseil municipal: 2 members", "/compose?to=Bruno%20Petit"] {
        assert!(page.text.contains(word), "{word}: {}", page.text);
    }
    assert!(!test.get("/contacts?kind=groups").await.text.contains("<th scope=\"row\">Anne"));
    assert!(test.get("/contacts?q=%3Cscript%3E").await.text.contains("Nobody is called so"));
    let (id, _) = begun(&test, "").await;
    let checked = test.post(&format!("/draft/{id}/names"), &[("revision", "0"), ("to", "conseil")]).await;
    let page = test.get(checked.location()).await;
    assert!(page.text.contains("Conseil municipal: 2 members") && page.text.contains("Chloé Lœwe"), "{}", page.text);
}

#[tokio::test]
async fn nobody_opens_another_ones_draft() {
    let test = Test::new().await;
    for path in ["/draft/1", "/draft/1/attach", "/draft/1/part/00000000000000000000000000000000"] {
        assert_eq!(test.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
