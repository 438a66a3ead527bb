//! Submission asks more than reception: TLS before AUTH, AUTH before MAIL, one's own address, no bare line feed.

use std::path::Path;

use anyhow::{Result, ensure};
use tests::clients::smtp::Conversation;
use tests::clients::submission::{Letter, swaks};
use tests::lab::net::Host;
use tests::lab::run::{Said, feed};
use tests::clients::PYTHON;
use tests::stage::Stage;

pub fn play(dir: &Path) -> Result<()> {
    let stage = Stage::reception(dir, |parts| parts)?;
    let net = &stage.world.net;
    let mut client = Conversation::open(net, Host::Staff, 587)?;
    let hello = client.expect("EHLO staff", 250)?;
    ensure!(!hello.text.contains("AUTH"), "AUTH is offered in the clear: {}", hello.text);
    for line in ["AUTH PLAIN AGEAYgBj", "MAIL FROM:<accueil@corp.test>"] {
        let answer = client.say(line)?;
        ensure!(matches!(answer.code, 502 | 503 | 504 | 523 | 530 | 538) && answer.is_enhanced(), "{line}: {answer:?}");
    }
    let password = stage.app_password("accueil@corp.test")?;
    let send = |from, password: &str| -> Result<Said> {
        let letter = Letter { from, to: "ami@partner.test", subject: "soumis", body: "x" };
        let auth = ["--port", "587", "--tls", "--auth", "PLAIN", "--auth-user", "accueil@corp.test", "--auth-password"];
        swaks(net, Host::Staff, Host::Standby, &letter, &[&auth[..], &[password]].concat())
    };
    ensure!(send("accueil@corp.test", &password)?.code == 0, "one's own address is refused");
    ensure!(send("contact@corp.test", &password)?.code == 0, "one's own alias is refused");
    ensure!(send("maire@corp.test", &password)?.code != 0, "somebody else's address is accepted");
    let wrong = send("accueil@corp.test", "aaaa-bbbb-cccc-dddd-eeee-ffff")?;
    ensure!(wrong.code != 0 && wrong.all().contains("535"), "a wrong password got {}", wrong.all());
    let mut bare = net.command(Host::Staff, PYTHON);
    bare.args(["-c", BARE_LF, &Host::Standby.address(), &password]);
    let answer = feed(&mut bare, b"")?;
    ensure!(answer.starts_with('5'), "a bare line feed in a submission got {answer}");
    Ok(())
}

const BARE_LF: &str = r"
import smtplib, ssl, sys
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
smtp = smtplib.SMTP(sys.argv[1], 587, timeout=30); smtp.starttls(context=context)
smtp.login('accueil@corp.test', sys.argv[2])
smtp.mail('accueil@corp.test'); smtp.rcpt('ami@partner.test'); smtp.docmd('DATA')
smtp.send(b'From: accueil@corp.test\r\nSubject: bare\r\n\r\none\ntwo\r\n.\r\n')
code, text = smtp.getreply(); print(code, text)
";
