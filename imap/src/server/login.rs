//! LOGIN and AUTHENTICATE PLAIN (RFC 9051 §6.2.2, §6.2.3; RFC 4616).

use std::borrow::Cow;
use std::sync::Arc;

use imap_codec::imap_types::auth::AuthMechanism;
use imap_codec::imap_types::secret::Secret;

use super::session::{Session, Verdict};
use super::wire::Wire;
use crate::{Accounts, Error, LoginError};

impl<A: Accounts> Session<A> {
    pub(super) async fn login(&mut self, wire: &mut Wire, user: &[u8], password: &[u8]) -> Verdict {
        if self.mailbox.is_some() {
            return Verdict::Bad("Already signed in");
        }
        if !self.may_sign_in() {
            return Verdict::No("[PRIVACYREQUIRED] Start TLS first".to_owned());
        }
        let (Ok(user), Ok(password)) = (std::str::from_utf8(user), std::str::from_utf8(password)) else {
            return self.refused(&LoginError::Wrong);
        };
        match self.service.accounts.login(&self.peer, user, password).await {
            Ok(mailbox) => {
                self.mailbox = Some(Arc::new(mailbox));
                wire.signed_in = true;
                Verdict::Ok(format!("[CAPABILITY {}] Signed in", self.capabilities()))
            }
            Err(refusal) => self.refused(&refusal),
        }
    }

    fn refused(&mut self, refusal: &LoginError) -> Verdict {
        self.failed_sign_ins += 1;
        Verdict::No(match refusal {
            LoginError::Wrong => "[AUTHENTICATIONFAILED] Name or password are wrong".to_owned(),
            LoginError::Unavailable(why) => format!("[UNAVAILABLE] {}", why.replace(['\r', '\n'], " ")),
            LoginError::TooMany => "[LIMIT] Too many attempts, please wait a while".to_owned(),
        })
    }

    pub(super) async fn authenticate(
        &mut self,
        wire: &mut Wire,
        mechanism: &AuthMechanism<'_>,
        initial: Option<Secret<Cow<'static, [u8]>>>,
    ) -> Result<Verdict, Error> {
        if !matches!(mechanism, AuthMechanism::Plain) {
            return Ok(Verdict::No("[CANNOT] Only PLAIN is offered".to_owned()));
        }
        if !self.may_sign_in() {
            return Ok(Verdict::No("[PRIVACYREQUIRED] Start TLS first".to_owned()));
        }
        let data = match initial {
            Some(initial) => Some(initial.declassify().to_vec()),
            None => {
                wire.out.extend_from_slice(b"+ \r\n");
                wire.authenticate_data().await?
            }
        };
        let Some(data) = data else { return Ok(Verdict::Bad("Cancelled")) };
        // message = [authzid] NUL authcid NUL passwd (RFC 4616 §2)
        let mut fields = data.split(|byte| *byte == 0);
        let (Some(for_whom), Some(user), Some(password), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Ok(Verdict::Bad("That is not PLAIN"));
        };
        // Nobody acts for somebody else here.
        if !for_whom.is_empty() && for_whom != user {
            return Ok(self.refused(&LoginError::Wrong));
        }
        Ok(self.login(wire, user, password).await)
    }
}
