//! Parameters of MAIL and RCPT: SIZE, BODY, SMTPUTF8, AUTH, and those of delivery notifications.
//!
//! ```text
//! esmtp-param = esmtp-keyword ["=" esmtp-value]                                  (RFC 5321 §4.1.2)
//! NOTIFY=NEVER / *("SUCCESS" / "FAILURE" / "DELAY" ",")   ORCPT=addr-type;xtext   (RFC 3461 §4)
//! ```

use mail::{Enhanced, ForwardPath, Notify, Recipient, Reply};

use super::argument_error;
use crate::MailParameters;

pub(super) fn mail(text: &str) -> Result<MailParameters, Reply> {
    let mut parameters = MailParameters::default();
    for (keyword, value) in each(text) {
        match (keyword.as_str(), value) {
            ("SIZE", Some(size)) => parameters.size_bytes = Some(octets(size)?),
            ("BODY", Some(body)) => parameters.body_8bit = body_8bit(body)?,
            ("SMTPUTF8", None) => parameters.smtputf8 = true,
            ("RET", Some(ret)) => parameters.return_full = return_full(ret)?,
            ("ENVID", Some(id)) => parameters.envelope_id = Some(checked_xtext(id)?),
            // RFC 4954 §5: trusted from nobody, so it is as if it had said AUTH=<>.
            ("AUTH", Some(_)) => {}
            _ => return Err(unknown()),
        }
    }
    Ok(parameters)
}

pub(super) fn rcpt(path: ForwardPath, text: &str) -> Result<Recipient, Reply> {
    let mut recipient = Recipient::from(path);
    for (keyword, value) in each(text) {
        match (keyword.as_str(), value) {
            ("NOTIFY", Some(list)) => recipient.notify = notify(list)?,
            ("ORCPT", Some(original)) => {
                original.split_once(';').ok_or_else(|| argument_error("Syntax: ORCPT=type;address"))?;
                recipient.original = Some(checked_xtext(original)?);
            }
            _ => return Err(unknown()),
        }
    }
    Ok(recipient)
}

fn each(text: &str) -> impl Iterator<Item = (String, Option<&str>)> {
    text.split_ascii_whitespace().map(|word| match word.split_once('=') {
        Some((keyword, value)) => (keyword.to_ascii_uppercase(), Some(value)),
        None => (word.to_ascii_uppercase(), None),
    })
}

// RFC 1870 §4: up to 20 digits; a number too large for us is simply too large.
fn octets(digits: &str) -> Result<usize, Reply> {
    let well_formed = !digits.is_empty() && digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit());
    well_formed.then(|| digits.parse().unwrap_or(usize::MAX)).ok_or_else(|| argument_error("Syntax: SIZE=octets"))
}

fn body_8bit(value: &str) -> Result<bool, Reply> {
    match value.to_ascii_uppercase().as_str() {
        "7BIT" => Ok(false),
        "8BITMIME" => Ok(true),
        _ => Err(argument_error("BODY is 7BIT or 8BITMIME")),
    }
}

fn return_full(value: &str) -> Result<bool, Reply> {
    match value.to_ascii_uppercase().as_str() {
        "FULL" => Ok(true),
        "HDRS" => Ok(false),
        _ => Err(argument_error("RET is FULL or HDRS")),
    }
}

// RFC 3461 §4.1: NEVER stands alone.
fn notify(list: &str) -> Result<Notify, Reply> {
    let mut notify = Notify { success: false, failure: false, delay: false };
    if list.eq_ignore_ascii_case("NEVER") {
        return Ok(notify);
    }
    for word in list.split(',') {
        match word.to_ascii_uppercase().as_str() {
            "SUCCESS" => notify.success = true,
            "FAILURE" => notify.failure = true,
            "DELAY" => notify.delay = true,
            _ => return Err(argument_error("NOTIFY is NEVER or a list of SUCCESS, FAILURE and DELAY")),
        }
    }
    Ok(notify)
}

// RFC 3461 §4.2 and §4.4 bound ORCPT at 500 and ENVID at 100 characters.
fn checked_xtext(value: &str) -> Result<String, Reply> {
    let plain = |b: u8| (b'!'..=b'~').contains(&b) || b >= 0x80;
    let well_formed = value.len() <= 500 && value.bytes().all(plain);
    well_formed.then(|| value.to_owned()).ok_or_else(|| argument_error("Bad parameter value"))
}

// RFC 5321 §4.1.1.11
fn unknown() -> Reply {
    Reply::new(555, Enhanced(5, 5, 4), "Unknown parameter")
}

/// Writes `text` as xtext (RFC 3461 §4): `+` and `=` and everything outside `!` to `~` as `+XX`.
#[must_use]
pub fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'+' | b'=' => out.push_str(&format!("+{b:02X}")),
            b'!'..=b'~' => out.push(char::from(b)),
            _ => out.push_str(&format!("+{b:02X}")),
        }
    }
    out
}
