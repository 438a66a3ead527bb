//! Reading through the router: the page, the frame, files.

use axum::http::StatusCode;
use mail::FolderRole;

use super::cases;
use crate::testing::Test;

const LETTER: &str = "From: \"Zoé\" <zoe@partner.test>\nTo: anne@corp.test, bruno@corp.test\nSubject: Devis & <b>plan</b>\nMIME-Version: 1.0\n\
    Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/related; boundary=r\n\n--r\n\
    Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain; charset=utf-8\n\nBonjour en clair\n> cité\n--a\n\
    Content-Type: text/html; charset=utf-8\n\n<p>Bonjour <b>en page</b><script>alert(1)</script><img src=\"cid:logo\"><img src=\"https://evil.example/x.png\"></p>\n--a--\n\
    --r\nContent-Type: image/gif\nContent-ID: <logo>\nContent-Transfer-Encoding: base64\n\nR0lGODlhAQABAAAAACwAAAAAAQABAAA=\n--r--\n\
    --m\nContent-Type: text/html\nContent-Disposition: attachment; filename*=utf-8''Devis%20%22n%C2%B03%22%20%F0%9F%99%82.html\n\n<script>alert(1)</script>\n--m--\n";

async fn with(raw: &str) -> (Test, String) {
    let test = Test::new().await;
    test.receive(raw, 1).await;
    let inbox = test.folder(FolderRole::Inbox).await;
    let page = format!("/f/{inbox}/m/1");
    (test, page)
}

#[tokio::test]
async fn a_letter_is_read_in_its_frame_and_marked() {
    let (test, at) = with(LETTER).await;
    let page = test.get(&at).await;
    assert_eq!(page.status, StatusCode::OK);
    for expected in [
        "Devis &#38; &#60;b&#62;plan&#60;/b&#62;",
        "zoe@partner.test",
        &format!("<iframe class=\"letter\" src=\"{at}/html\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\""),
        "1 remote picture",
        "n°3",
        "can do harm",
        "Reply all",
        "/compose?reply=",
        "/compose?forward=",
    ] {
        assert!(page.text.contains(expected), "{expected} is not in {}", page.text);
    }
    assert!(!page.text.contains("part-3.gif") && !page.text.contains("alert(1)"), "{}", page.text);
    let folder = at.split("/m/").next().unwrap();
    assert!(test.get(&format!("{folder}?unread=1")).await.text.contains("There is no message here."));
    let words = test.get(&format!("{at}?view=text")).await.text;
    assert!(
        words.contains("Bonjour en clair")
            && words.contains("<details class=\"quote\" open>")
            && !words.contains("<iframe"),
        "{words}"
    );
}

#[tokio::test]
async fn what_a_mailing_list_wrote_below_base64_hides_nothing() {
    let head = "From: a@partner.test\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n";
    for data in ["PHA+Qm9uam91ciA8Yj7DoCB0b3VzPC9iPjwvcD4=\n", "PHA+Qm9uam91ciA8Yj7DoCB0b3VzPC9iPjwvcD4K\n"] {
        let (test, at) = with(&format!("{head}{data}\n---------\nThis list is sponsored.\n")).await;
        let frame = test.get(&format!("{at}/html")).await.text;
        assert!(frame.contains("Bonjour <b>à tous</b>"), "{frame}");
    }
}

#[tokio::test]
async fn the_frame_may_do_nothing() {
    let (test, at) = with(LETTER).await;
    for path in ["/html", "/print"] {
        let frame = test.get(&format!("{at}{path}")).await;
        assert_eq!(frame.status, StatusCode::OK);
        assert!(
            frame.text.contains("Bonjour <b>en page</b>") && frame.text.contains("data:image/gif;base64,R0lGOD"),
            "{}",
            frame.text
        );
        assert!(!frame.text.contains("alert(1)") && !frame.text.contains("evil.example"), "{}", frame.text);
        let header = |name: &str| frame.headers.get(name).unwrap().to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for rule in [
            "sandbox allow-popups allow-popups-to-escape-sandbox;",
            "default-src 'none';",
            "img-src data:;",
            "style-src-elem 'sha256-",
            "form-action 'none';",
            "base-uri 'none';",
            "frame-ancestors 'self'",
        ] {
            assert!(policy.contains(rule), "{rule} is not in {policy}");
        }
        assert!(
            !policy.contains("script-src")
                && !policy.contains("allow-same-origin")
                && !policy.contains("allow-scripts"),
            "{policy}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn files_are_saved_and_never_shown() {
    let (test, at) = with(LETTER).await;
    let file = test.get(&format!("{at}/part/3")).await;
    assert_eq!(file.status, StatusCode::OK);
    let header = |name: &str| file.headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/octet-stream");
    let disposition = header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"Devis _n_3_ _.html\"; filename*=UTF-8''Devis%20_n%C2%B03_"),
        "{disposition}"
    );
    assert!(header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert_eq!(file.text.trim_end(), "<script>alert(1)</script>");
    assert_eq!(test.get(&format!("{at}/part/99")).await.status, StatusCode::NOT_FOUND);
    let raw = test.get(&format!("{at}/raw")).await;
    assert!(
        raw.text.contains("Content-Type: multipart/related; boundary=r\r\n")
            && raw.headers["content-type"] == "message/rfc822"
    );
}

#[tokio::test]
async fn two_thousand_parts_are_a_letter_too() {
    let parts: String =
        (0..2000).map(|n| format!("--m\nContent-Type: text/plain; name=\"{n}.txt\"\n\nfile {n}\n")).collect();
    let raw = format!(
        "From: a@partner.test\nSubject: many\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nfirst words\n{parts}--m--\n"
    );
    let (test, at) = with(&raw).await;
    let page = test.get(&at).await;
    assert!(
        page.text.contains("first words") && page.text.contains("199.txt") && page.text.contains("and 1800 more"),
        "{}",
        page.text
    );
    assert_eq!(test.get(&format!("{at}/part/2000")).await.text.trim_end(), "file 1999");
    assert!(page.text.len() < 200_000, "{}", page.text.len());
}

#[tokio::test]
async fn nobody_reads_what_is_not_theirs() {
    let (mut test, at) = with(LETTER).await;
    for path in ["/f/999/m/1".to_owned(), at.replace("/m/1", "/m/2"), format!("{}/html", at.replace("/m/1", "/m/2"))] {
        assert_eq!(test.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    test.cookie = String::new();
    for end in ["", "/html", "/print", "/part/0", "/raw"] {
        let answer = test.get(&format!("{at}{end}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{end}");
        assert!(answer.location().starts_with("/sign-in?next="), "{}", answer.location());
    }
}

#[tokio::test]
async fn every_payload_opens_on_a_page_of_ours() {
    let test = Test::new().await;
    let cases = cases();
    for (at, case) in (0..).zip(&cases) {
        test.receive(&case.raw, at).await;
    }
    let inbox = test.folder(FolderRole::Inbox).await;
    for (uid, case) in (1..).zip(&cases) {
        let page = test.get(&format!("/f/{inbox}/m/{uid}?view=text")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", case.name);
        // Everything of ours that could run has an address of ours, or none.
        assert_eq!(page.text.matches("<script").count(), 1, "{}: {}", case.name, page.text);
        for never in ["<img", " onerror=\"", "href=\"javascript", "<iframe", "<svg onload"] {
            assert!(!page.text.contains(never), "{}: {never} in {}", case.name, page.text);
        }
    }
}
