//! Against programs that nobody here wrote: swaks, msmtp, Postfix's smtp-source and smtp-sink, OpenSSL,
//! dkimpy. `tests/` plays the same with whole servers.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use mail::{Address, Domain, Envelope, ForwardPath, Recipient, ReversePath};
use smtp::client::{Connection, Mail, Target, Timeouts, TlsPolicy, unverified_tls};
use smtp::{Limits, Mode};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::house::{Door, Open, Tls, open};
use crate::skipped;

/// Debian's, which has Debian's packages; another may come first on the path.
const PYTHON: &str = "/usr/bin/python3";

async fn open_house(mode: Mode, tls: Tls) -> Open {
    open(Door { mode, limits: Limits::default(), tls }).await
}

/// Runs a program for a test with `input`; `None`, and noted, when it is not installed.
async fn run(test: &str, program: &str, arguments: &[&str], input: &[u8]) -> Option<(bool, String)> {
    let mut command = Command::new(program);
    let spawned = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        skipped::skip(test, &format!("{program} is not installed"));
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).await.unwrap();
    drop(stdin);
    let output = tokio::time::timeout(Duration::from_secs(60), child.wait_with_output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), text))
}

#[tokio::test]
async fn swaks_delivers_by_starttls_and_submits_with_both_mechanisms() {
    let open = open_house(Mode::Reception, Tls::Starttls).await;
    let server = open.address.to_string();
    let to = ["--server", &server, "--from", "a@partner.test", "--to", "b@corp.test,unknown@corp.test", "--tls"];
    let test = "swaks_delivers_by_starttls_and_submits_with_both_mechanisms";
    let Some((_, text)) = run(test, "swaks", &to, b"").await else { return };
    assert!(text.contains("TLS started") && text.contains("550 5.1.1"), "{text}");
    assert!(text.contains("250 2.0.0 Taken"), "{text}");

    let open = open_house(Mode::Submission, Tls::Starttls).await;
    let server = open.address.to_string();
    for mechanism in ["PLAIN", "LOGIN"] {
        let to = ["--server", &server, "--from", "a@corp.test", "--to", "b@partner.test", "--tls"];
        let auth = ["--auth", mechanism, "--auth-user", "a@corp.test", "--auth-password", "secret"];
        let (good, text) = run(test, "swaks", &[&to[..], &auth[..]].concat(), b"").await.unwrap();
        assert!(good, "{mechanism}: {text}");
        let wrong = ["--auth", mechanism, "--auth-user", "a@corp.test", "--auth-password", "guess"];
        let (good, text) = run(test, "swaks", &[&to[..], &wrong[..]].concat(), b"").await.unwrap();
        assert!(!good && text.contains("535 5.7.8"), "{mechanism}: {text}");
    }
    assert_eq!(open.house.taken.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn msmtp_submits_and_verifies_our_certificate() {
    for tls in [Tls::Starttls, Tls::Implicit] {
        let implicit_tls = tls == Tls::Implicit;
        let open = open_house(Mode::Submission, tls).await;
        let folder = std::env::temp_dir().join(format!("relais-msmtp-{}-{implicit_tls}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (ca, rc) = (folder.join("ca.pem"), folder.join("rc"));
        std::fs::write(&ca, &open.certificate).unwrap();
        let starttls = if implicit_tls { "off" } else { "on" };
        let text = format!(
            "account default\nhost localhost\nport {}\nfrom a@corp.test\nauth on\nuser a@corp.test\npassword secret\n\
             tls on\ntls_starttls {starttls}\ntls_trust_file {}\n",
            open.address.port(),
            ca.display()
        );
        std::fs::write(&rc, text).unwrap();
        std::fs::set_permissions(&rc, std::fs::Permissions::from_mode(0o600)).unwrap();
        let arguments = ["-C", rc.to_str().unwrap(), "b@partner.test"];
        let said =
            run("msmtp_submits_and_verifies_our_certificate", "msmtp", &arguments, b"Subject: s\n\n.dot\nh\xc3\xa9\n")
                .await;
        std::fs::remove_dir_all(&folder).unwrap();
        let Some((good, text)) = said else { return };
        assert!(good, "{text}");
        let taken = open.house.taken.lock().unwrap();
        assert!(taken[0].2.ends_with(b"\r\n\r\n.dot\r\nh\xc3\xa9\r\n"), "{:?}", String::from_utf8_lossy(&taken[0].2));
        assert_eq!(taken[0].0.login.as_ref().unwrap().name, "a@corp.test");
    }
}

#[tokio::test]
async fn smtp_source_sends_two_hundred_messages_in_twenty_sessions() {
    let open = open_house(Mode::Reception, Tls::Starttls).await;
    let server = format!("inet:{}", open.address);
    let arguments = ["-s", "20", "-m", "200", "-l", "10240", "-f", "a@partner.test", "-t", "b@corp.test", &server];
    let test = "smtp_source_sends_two_hundred_messages_in_twenty_sessions";
    let Some((good, text)) = run(test, "/usr/sbin/smtp-source", &arguments, b"").await else { return };
    assert!(good, "{text}");
    assert_eq!(open.house.taken.lock().unwrap().len(), 200);
}

#[tokio::test]
async fn smtp_sink_takes_what_we_send_with_and_without_pipelining() {
    for more in [&["-8"][..], &["-8", "-p"], &["-e"]] {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let address: SocketAddr = ([127, 0, 0, 1], port).into();
        let listen = format!("inet:{address}");
        // Root is asked to become somebody else; others cannot.
        let user = if skipped::is_root() { &["-u", "nobody"][..] } else { &[] };
        let arguments = [more, user, &[&listen, "10"]].concat();
        let Ok(mut sink) = Command::new("/usr/sbin/smtp-sink").args(&arguments).kill_on_drop(true).spawn() else {
            let test = "smtp_sink_takes_what_we_send_with_and_without_pipelining";
            return skipped::skip(test, "smtp-sink is not installed");
        };
        while TcpStream::connect(address).await.is_err() {
            assert!(sink.try_wait().unwrap().is_none(), "smtp-sink ended");
            tokio::task::yield_now().await;
        }
        let settings = smtp::client::Settings {
            name: "out.test".into(),
            tls: unverified_tls().unwrap(),
            timeouts: Timeouts {
                command: Duration::from_secs(10),
                end: Duration::from_secs(10),
                ..Timeouts::default()
            },
        };
        let target = Target { host: "localhost".into(), address, tls: TlsPolicy::Opportunistic, credentials: None };
        let mut connection = Connection::open(&target, &settings).await.unwrap();
        for _ in 0..3 {
            let recipient = Recipient::from(ForwardPath::Address(Address::parse("b@partner.test").unwrap()));
            let envelope = Envelope {
                reverse_path: ReversePath::Null,
                recipients: vec![recipient; 120],
                body_8bit: false,
                smtputf8: false,
                envelope_id: None,
            };
            let mail = Mail { envelope, raw: Arc::new(b"Subject: s\r\n\r\n.h\xc3\xa9\r\n".to_vec()) };
            let verdicts = connection.send(&mail).await.unwrap();
            assert!(verdicts.iter().all(|verdict| verdict.reply.code == 250), "{more:?} {verdicts:?}");
        }
        connection.quit().await;
        sink.kill().await.unwrap();
    }
}

const VERIFY: &str = "
import sys, dkim
record = sys.argv[1].encode()
if b'ed25519' in record: import nacl
raw = sys.stdin.buffer.read()
def say(name, timeout=5): return record
good = dkim.verify(raw, dnsfunc=say)
second_from = dkim.verify(b'From: <x@evil.test>\\r\\n' + raw, dnsfunc=say)
changed = dkim.verify(raw + b'more\\r\\n', dnsfunc=say)
print(good, second_from, changed)
";

#[tokio::test]
async fn dkimpy_verifies_what_we_sign_and_notices_what_is_changed() {
    let test = "dkimpy_verifies_what_we_sign_and_notices_what_is_changed";
    let Some((_, rsa)) = run(test, "openssl", &["genrsa", "2048"], b"").await else { return };
    let (_, traditional) = run(test, "openssl", &["genrsa", "-traditional", "2048"], b"").await.unwrap();
    let ed25519 = smtp::dkim::generate_ed25519_pem().unwrap();
    for pem in [rsa, traditional, ed25519] {
        let signer = smtp::dkim::Signer::from_pem(&pem, Domain::parse("corp.test").unwrap(), "relais").unwrap();
        let raw = "From: =?utf-8?q?A=C3=A9?= <a@corp.test>\r\nTo: b@partner.test\r\nSubject: a\r\n folded  one\r\n\
                   Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <1@corp.test>\r\n\r\nhello  \r\n\r\n\r\n";
        let signed = signer.sign(raw.as_bytes()).unwrap() + raw;
        let arguments = ["-c", VERIFY, signer.record_text()];
        let Some((_, text)) = run(test, PYTHON, &arguments, signed.as_bytes()).await else { return };
        // dkimpy verifies Ed25519 only with PyNaCl.
        if text.contains("No module named") {
            return skipped::skip(test, "python3-dkim or python3-nacl is not installed");
        }
        assert_eq!(text.trim(), "True False False", "{signed}");
    }
}
