//! A session's state, and which command goes where.
//!
//! ```text
//!   not signed in ── LOGIN, AUTHENTICATE ──> signed in ── SELECT, EXAMINE ──> selected
//!                                               ^── CLOSE, UNSELECT ────────────┘
//! ```

use std::sync::Arc;
use std::time::Duration;

use imap_codec::imap_types::command::{Command, CommandBody};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Service;
use super::copy::Copying;
use super::view::View;
use super::wire::Wire;
use crate::wire::Write as _;
use crate::{Accounts, Error, Mailbox as _, Peer, Trouble};

/// What becomes of the connection after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next command.
    GoOn,
    /// A TLS handshake, then the next command.
    Handshake,
    /// The end.
    Leave,
}

/// How a command ended: its text after the tag.
#[derive(Debug)]
pub(super) enum Verdict {
    /// `OK`, with a response code in brackets or none.
    Ok(String),
    /// `NO`
    No(String),
    /// `BAD`
    Bad(&'static str),
}

impl Verdict {
    pub(super) fn done() -> Self {
        Self::Ok("Done".to_owned())
    }
}

impl From<Trouble> for Verdict {
    fn from(trouble: Trouble) -> Self {
        // RFC 5530 §3
        let code = match trouble {
            Trouble::NoSuchFolder => "[NONEXISTENT] ",
            Trouble::Exists => "[ALREADYEXISTS] ",
            Trouble::Gone => "[EXPUNGEISSUED] ",
            Trouble::NotAllowed(_) => "[CANNOT] ",
            Trouble::Sealed | Trouble::Renewed => "[UNAVAILABLE] ",
            Trouble::Full => "[OVERQUOTA] ",
            Trouble::Internal => "[SERVERBUG] ",
        };
        Self::No(format!("{code}{trouble}"))
    }
}

/// One session.
pub(super) struct Session<A: Accounts> {
    pub(super) service: Service<A>,
    pub(super) peer: Peer,
    pub(super) mailbox: Option<Arc<A::Mailbox>>,
    pub(super) view: Option<View>,
    pub(super) failed_sign_ins: usize,
    errors: usize,
    ends: bool,
    asked_at: Option<Instant>,
}

/// How long an answer to whether the client may go on is believed.
const BELIEVED: Duration = Duration::from_secs(5);

impl<A: Accounts> Session<A> {
    pub(super) fn new(service: Service<A>, peer: Peer) -> Self {
        Self { service, peer, mailbox: None, view: None, failed_sign_ins: 0, errors: 0, ends: false, asked_at: None }
    }

    pub(super) fn greet(&self, wire: &mut Wire) {
        let name = &self.service.hostname;
        wire.out.put(format!("* OK [CAPABILITY {}] {name} Relais\r\n", self.capabilities()));
    }

    /// The handshake that was asked for has succeeded.
    pub(super) fn secured(&mut self) {
        self.peer.secure = true;
    }

    /// Whether whoever signed in may go on; everybody may who has not signed in yet.
    #[allow(clippy::disallowed_methods, reason = "how fresh an answer is, is real time")]
    pub(super) async fn may_stay(&mut self) -> bool {
        let Some(mailbox) = &self.mailbox else { return true };
        if self.asked_at.is_some_and(|at| at.elapsed() < BELIEVED) {
            return true;
        }
        self.asked_at = Some(Instant::now());
        mailbox.may_stay().await
    }

    pub(super) fn may_sign_in(&self) -> bool {
        self.peer.secure || self.service.danger_plain_sign_in
    }

    /// Answers what is no command; too much of it ends the session.
    pub(super) fn nonsense(&mut self, tag: Option<String>, wire: &mut Wire) -> Next {
        self.errors += 1;
        let tag = tag.unwrap_or_else(|| "*".to_owned());
        wire.out.put(format!("{tag} BAD That is no command we know\r\n"));
        if self.errors >= self.service.limits.errors_max {
            wire.out.put(b"* BYE Too many errors\r\n");
            return Next::Leave;
        }
        Next::GoOn
    }

    /// Carries out one command.
    pub(super) async fn command(
        &mut self,
        command: Command<'static>,
        wire: &mut Wire,
        shutdown: &mut watch::Receiver<bool>,
    ) -> Result<Next, Error> {
        let tag = command.tag.as_ref().to_owned();
        if matches!(command.body, CommandBody::Logout) {
            // RFC 9051 §6.1.3
            wire.out.put(format!("* BYE Goodbye\r\n{tag} OK Done\r\n"));
            return Ok(Next::Leave);
        }
        let starts_tls = matches!(command.body, CommandBody::StartTLS);
        let verdict = match command.body {
            CommandBody::Idle => self.idle(wire, shutdown).await?,
            body => self.carry_out(body, wire).await?,
        };
        let agreed = matches!(verdict, Verdict::Ok(_));
        let line = match verdict {
            Verdict::Ok(text) => format!("{tag} OK {text}\r\n"),
            Verdict::No(text) => format!("{tag} NO {text}\r\n"),
            Verdict::Bad(text) => format!("{tag} BAD {text}\r\n"),
        };
        wire.out.put(line);
        if self.failed_sign_ins >= self.service.limits.sign_ins_max {
            wire.out.put(b"* BYE Too many failed sign-ins\r\n");
            return Ok(Next::Leave);
        }
        if self.ends {
            wire.out.put(b"* BYE The folder has changed, please come back\r\n");
            return Ok(Next::Leave);
        }
        Ok(if starts_tls && agreed { Next::Handshake } else { Next::GoOn })
    }

    async fn carry_out(&mut self, body: CommandBody<'static>, wire: &mut Wire) -> Result<Verdict, Error> {
        let verdict = match body {
            CommandBody::Capability => {
                self.capability(&mut wire.out);
                Verdict::done()
            }
            CommandBody::Id { .. } => {
                self.id(&mut wire.out);
                Verdict::done()
            }
            CommandBody::StartTLS => self.starttls(),
            CommandBody::Login { username, password } => {
                self.login(wire, username.as_ref(), password.declassify().as_ref()).await
            }
            CommandBody::Authenticate { mechanism, initial_response } => {
                self.authenticate(wire, &mechanism, initial_response).await?
            }
            body => return self.carry_out_signed_in(body, wire).await,
        };
        Ok(verdict)
    }

    async fn carry_out_signed_in(&mut self, body: CommandBody<'static>, wire: &mut Wire) -> Result<Verdict, Error> {
        let Some(mailbox) = self.mailbox.clone() else {
            return Ok(match body {
                CommandBody::Noop => Verdict::done(),
                _ => Verdict::Bad("Sign in first"),
            });
        };
        let mailbox = &*mailbox;
        Ok(match body {
            CommandBody::Noop | CommandBody::Check => self.noop(mailbox, wire).await,
            CommandBody::Namespace => {
                self.namespace(&mut wire.out);
                Verdict::done()
            }
            // RFC 5161 §3.1: nothing that can be enabled is offered, which is no error.
            CommandBody::Enable { .. } => {
                wire.out.put(b"* ENABLED\r\n");
                Verdict::done()
            }
            CommandBody::Select { mailbox: name, .. } => self.select(mailbox, &name, false, wire).await,
            CommandBody::Examine { mailbox: name, .. } => self.select(mailbox, &name, true, wire).await,
            CommandBody::Create { mailbox: name } => self.create(mailbox, &name).await,
            CommandBody::Delete { mailbox: name } => self.delete(mailbox, &name).await,
            CommandBody::Rename { from, to } => self.rename(mailbox, &from, &to).await,
            CommandBody::Subscribe { mailbox: name } => self.subscribe(mailbox, &name, true).await,
            CommandBody::Unsubscribe { mailbox: name } => self.subscribe(mailbox, &name, false).await,
            CommandBody::List { reference, mailbox_wildcard } => {
                self.list(mailbox, &reference, &mailbox_wildcard, &mut wire.out).await
            }
            CommandBody::Lsub { reference, mailbox_wildcard } => {
                self.lsub(mailbox, &reference, &mailbox_wildcard, &mut wire.out).await
            }
            CommandBody::Status { mailbox: name, item_names } => {
                self.status(mailbox, &name, &item_names, &mut wire.out).await
            }
            CommandBody::Append { mailbox: name, flags, date, message } => {
                self.append(mailbox, super::append::Appending { name, flags, date, message }, wire).await
            }
            body => return self.carry_out_selected(body, mailbox, wire).await,
        })
    }

    async fn carry_out_selected(
        &mut self,
        body: CommandBody<'static>,
        mailbox: &A::Mailbox,
        wire: &mut Wire,
    ) -> Result<Verdict, Error> {
        let Some(view) = self.view.as_mut() else { return Ok(Verdict::Bad("Select a folder first")) };
        // RFC 9051 §7.5.1: no EXPUNGE while answering FETCH, STORE or SEARCH by sequence numbers.
        let may_renumber = !matches!(
            body,
            CommandBody::Fetch { uid: false, .. }
                | CommandBody::Store { uid: false, .. }
                | CommandBody::Search { uid: false, .. }
        );
        // Before anything is done by numbers that may mean other messages by now.
        if let Err(trouble) = view.ensure_current(mailbox).await {
            return Ok(self.lost(trouble));
        }
        let verdict = match body {
            CommandBody::Close => {
                let verdict = view.expunge_silently(mailbox).await;
                self.view = None;
                return Ok(verdict);
            }
            CommandBody::Unselect => {
                self.view = None;
                return Ok(Verdict::done());
            }
            CommandBody::Expunge => view.expunge(mailbox, None).await,
            CommandBody::ExpungeUid { sequence_set } => view.expunge(mailbox, Some(&sequence_set)).await,
            CommandBody::Fetch { sequence_set, macro_or_item_names, uid, .. } => {
                view.fetch(mailbox, super::fetch::Asked::new(&sequence_set, &macro_or_item_names, uid), wire).await?
            }
            CommandBody::Store { sequence_set, kind, response, flags, uid, .. } => {
                let storing = super::store::Storing { kind, response, flags, uid };
                view.store(mailbox, &sequence_set, storing, wire).await
            }
            CommandBody::Search { charset, criteria, uid } => {
                let question = super::search::Question { charset, keys: criteria.as_ref(), uid };
                view.search(mailbox, question, &mut wire.out).await
            }
            CommandBody::Copy { sequence_set, mailbox: to, uid } => {
                view.copy(mailbox, Copying { set: &sequence_set, to: &to, uid }).await
            }
            CommandBody::Move { sequence_set, mailbox: to, uid } => {
                view.move_to(mailbox, Copying { set: &sequence_set, to: &to, uid }, wire).await
            }
            _ => return Ok(Verdict::Bad("That is not offered")),
        };
        Ok(match view.refresh(mailbox, may_renumber, &mut wire.out).await {
            Ok(()) => verdict,
            Err(trouble) => self.lost(trouble),
        })
    }

    /// What is told when the selected folder is no longer what it was: a client must not go on with its UIDs
    /// (RFC 9051 §2.3.1.1), so the session ends, and the next one learns the new UIDVALIDITY.
    pub(super) fn lost(&mut self, trouble: Trouble) -> Verdict {
        if matches!(trouble, Trouble::Renewed | Trouble::NoSuchFolder) {
            self.view = None;
            self.ends = true;
        }
        trouble.into()
    }

    async fn noop(&mut self, mailbox: &A::Mailbox, wire: &mut Wire) -> Verdict {
        match &mut self.view {
            Some(view) => match view.refresh(mailbox, true, &mut wire.out).await {
                Ok(()) => Verdict::done(),
                Err(trouble) => self.lost(trouble),
            },
            None => Verdict::done(),
        }
    }

    fn starttls(&self) -> Verdict {
        match (self.peer.secure, self.service.tls.is_some()) {
            (true, _) => Verdict::Bad("TLS is already on"),
            (false, false) => Verdict::Bad("TLS is not offered"),
            (false, true) => Verdict::Ok("Go ahead".to_owned()),
        }
    }
}
