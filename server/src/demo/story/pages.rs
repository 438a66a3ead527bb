//! What staff do in a browser: enrol in peacetime, then read and answer in the storm.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deploy::staff::DOMAIN;

use super::super::browser::{Browser, Seen};
use super::Play;

/// What the counter chooses in peacetime.
const CHOSEN: &str = "quatre trombones bleus";

impl Play<'_> {
    /// With the code of a letter; in standby nothing else is offered.
    pub(super) async fn enrol(&self) -> Result<()> {
        let code = self.house.activation_code("accueil").await?;
        let mut browser = self.browser();
        let page = browser.open("/welcome").await?;
        let fields = [("name", "accueil"), ("code", &code), ("password", CHOSEN), ("repeat", CHOSEN)];
        let page = browser.send(&page, "/welcome", &fields).await?;
        ensure!(page.path.starts_with("/account"), "after enrolment: {} {}", page.path, page.words());
        let inbox = browser.open("/").await.map(|page| page.html.contains("class=\"rows\"")).unwrap_or(false);
        ensure!(!inbox, "standby shows mail to the staff");
        self.seen("the counter enrols with a code from a letter, and is shown no mail in peacetime (HTTP)");
        Ok(())
    }

    /// Signs in with what was chosen in peacetime, reads the partner's mail and answers it.
    pub(super) async fn answer_in_a_browser(&mut self) -> Result<()> {
        let mut browser = self.browser();
        let page = browser.open("/sign-in").await?;
        let inbox = browser.send(&page, "/sign-in", &[("name", "accueil"), ("password", CHOSEN)]).await?;
        ensure!(inbox.path.starts_with("/f/"), "after signing in: {} {}", inbox.path, inbox.words());
        let link = inbox.link_around("Ankunft am Freitag").context("the inbox does not show the partner's mail")?;
        let message = browser.open(&link).await?;
        ensure!(message.html.contains("bis zum Rathaus"), "the message has no text: {}", message.words());
        let reply = message.link("/compose?reply=").context("there is no way to answer")?;
        let draft = browser.open(&reply).await?;
        self.send(&mut browser, &draft).await?;
        self.seen(
            "the counter reads the partner's mail in the webmail and answers it; the partner has it (HTTP, SMTP)",
        );
        Ok(())
    }

    async fn send(&self, browser: &mut Browser, draft: &Seen) -> Result<()> {
        let quoted = draft.text();
        ensure!(quoted.contains("> "), "the original is not quoted: {quoted}");
        let text = format!("Am Rathaus ist Platz bis elf Uhr.\n\n{quoted}");
        let field = |name: &str| draft.field(name).unwrap_or_default();
        let (revision, from, to) = (field("revision"), field("from"), field("to"));
        let (subject, action) = (field("subject"), format!("{}/send", draft.path));
        let fields =
            [("revision", revision.as_str()), ("from", &from), ("to", &to), ("subject", &subject), ("text", &text)];
        browser.send(draft, &action, &fields).await?;
        let is_it = |raw: &[u8]| String::from_utf8_lossy(raw).contains("Platz bis elf Uhr");
        let waiting = self.house.stage.letterbox.wait_for(|got| is_it(&got.raw));
        let got = tokio::time::timeout(Duration::from_secs(20), waiting).await.context("the partner got no answer")?;
        let header = |name: &str| smtp::header::value_of(&got.raw, name).unwrap_or_default();
        ensure!(header("From").contains(&format!("@{DOMAIN}")), "it comes from {}", header("From"));
        ensure!(header("In-Reply-To") == self.memory.question, "it answers {}", header("In-Reply-To"));
        Ok(())
    }

    fn browser(&self) -> Browser {
        Browser::at(self.house.ports.webmail)
    }
}
