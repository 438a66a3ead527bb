//! Commands as values (RFC 5321 §4.1.1), and why a line is none.
//!
//! ```text
//! mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
//! rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF
//! ```

mod parameters;
mod path;

use mail::{Enhanced, ForwardPath, Recipient, Reply, ReversePath};

use crate::MailParameters;

pub use parameters::xtext;

/// One command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// EHLO with the peer's name.
    Ehlo(String),
    /// HELO with the peer's name.
    Helo(String),
    /// MAIL FROM.
    Mail(ReversePath, MailParameters),
    /// RCPT TO.
    Rcpt(Recipient),
    /// DATA.
    Data,
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// QUIT.
    Quit,
    /// VRFY.
    Vrfy,
    /// EXPN.
    Expn,
    /// HELP.
    Help,
    /// STARTTLS (RFC 3207).
    StartTls,
    /// AUTH with its mechanism in upper case and an initial response (RFC 4954).
    Auth(String, Option<String>),
}

impl Command {
    /// Reads a command line without its line end.
    ///
    /// # Errors
    /// The reply that says what is wrong with it.
    pub fn parse(line: &[u8]) -> Result<Self, Reply> {
        let text = std::str::from_utf8(line).map_err(|_| syntax("Commands are UTF-8"))?;
        // NUL and the other controls have no place in a command (RFC 5321 §4.1.2).
        if text.bytes().any(|b| b.is_ascii_control() && b != b'\t') {
            return Err(syntax("Control characters in a command"));
        }
        let text = text.trim_end_matches([' ', '\t']);
        let (verb, argument) = text.split_once(' ').unwrap_or((text, ""));
        parse_verb(&verb.to_ascii_uppercase(), argument.trim())
    }
}

fn parse_verb(verb: &str, argument: &str) -> Result<Command, Reply> {
    match verb {
        "EHLO" => name(argument).map(Command::Ehlo),
        "HELO" => name(argument).map(Command::Helo),
        "MAIL" => mail(argument),
        "RCPT" => rcpt(argument),
        "AUTH" => auth(argument),
        "NOOP" => Ok(Command::Noop),
        "VRFY" => Ok(Command::Vrfy),
        "EXPN" => Ok(Command::Expn),
        "HELP" => Ok(Command::Help),
        "DATA" => bare(argument, Command::Data),
        "RSET" => bare(argument, Command::Rset),
        "QUIT" => bare(argument, Command::Quit),
        "STARTTLS" => bare(argument, Command::StartTls),
        // RFC 5321 §4.2.4
        _ => Err(Reply::new(500, Enhanced(5, 5, 1), "Unknown command")),
    }
}

fn bare(argument: &str, command: Command) -> Result<Command, Reply> {
    argument.is_empty().then_some(command).ok_or_else(|| argument_error("No argument is allowed here"))
}

// RFC 5321 §4.1.4: a name that does not verify is no reason to refuse, so only its shape counts.
fn name(argument: &str) -> Result<String, Reply> {
    let well_formed = !argument.is_empty() && argument.len() <= 255 && !argument.contains([' ', '\t']);
    well_formed.then(|| argument.to_owned()).ok_or_else(|| argument_error("Say your host name"))
}

fn mail(argument: &str) -> Result<Command, Reply> {
    let rest = keyword(argument, "FROM:").ok_or_else(|| argument_error("Syntax: MAIL FROM:<address>"))?;
    let (path, parameters) = path::split(rest).ok_or_else(|| argument_error("Syntax: MAIL FROM:<address>"))?;
    let parameters = parameters::mail(parameters)?;
    Ok(Command::Mail(path::reverse(path, parameters.smtputf8)?, parameters))
}

fn rcpt(argument: &str) -> Result<Command, Reply> {
    let rest = keyword(argument, "TO:").ok_or_else(|| argument_error("Syntax: RCPT TO:<address>"))?;
    let (path, parameters) = path::split(rest).ok_or_else(|| argument_error("Syntax: RCPT TO:<address>"))?;
    let path: ForwardPath = path::forward(path)?;
    parameters::rcpt(path, parameters).map(Command::Rcpt)
}

fn auth(argument: &str) -> Result<Command, Reply> {
    let (mechanism, initial) = match argument.split_once(' ') {
        Some((mechanism, initial)) => (mechanism, Some(initial.trim().to_owned())),
        None => (argument, None),
    };
    if mechanism.is_empty() {
        return Err(argument_error("Syntax: AUTH mechanism"));
    }
    Ok(Command::Auth(mechanism.to_ascii_uppercase(), initial))
}

// Quirk: some devices put a space before or after the colon; every large server accepts that.
fn keyword<'a>(argument: &'a str, word: &str) -> Option<&'a str> {
    let bare = word.trim_end_matches(':');
    let head = argument.get(..bare.len()).filter(|head| head.eq_ignore_ascii_case(bare))?;
    argument.get(head.len()..)?.trim_start().strip_prefix(':').map(str::trim_start)
}

pub(crate) fn syntax(text: &'static str) -> Reply {
    Reply::new(500, Enhanced(5, 5, 2), text)
}

pub(crate) fn argument_error(text: &'static str) -> Reply {
    Reply::new(501, Enhanced(5, 5, 4), text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use mail::Address;
    use proptest::prelude::*;

    use super::*;

    fn parse(line: &str) -> Result<Command, (u16, Enhanced)> {
        Command::parse(line.as_bytes()).map_err(|reply| (reply.code, reply.enhanced.unwrap()))
    }

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn paths_are_read_as_real_peers_write_them() {
        for line in
            ["MAIL FROM:<a@b.test>", "mail from: <a@b.test> ", "MAIL FROM :a@b.test", "MAIL FROM:<@r.test:a@b.test>"]
        {
            let Ok(Command::Mail(ReversePath::Address(path), _)) = parse(line) else { panic!("{line}") };
            assert_eq!(path, address("a@b.test"));
        }
        assert!(matches!(parse("MAIL FROM:<>"), Ok(Command::Mail(ReversePath::Null, _))));
        let Ok(Command::Rcpt(recipient)) = parse("RCPT TO:<postMaster>") else { panic!() };
        assert_eq!(recipient.path, ForwardPath::Postmaster);
        let Ok(Command::Rcpt(recipient)) = parse("RCPT TO:<\"a> b\"@c.test>") else { panic!() };
        assert_eq!(recipient.path, ForwardPath::Address(address("\"a> b\"@c.test")));
    }

    #[test]
    fn parameters_are_read() {
        let line = "MAIL FROM:<a@b.test> SIZE=100 body=8bitmime SMTPUTF8 RET=FULL ENVID=QQ314159 AUTH=<>";
        let Ok(Command::Mail(_, parameters)) = parse(line) else { panic!() };
        assert_eq!(parameters.size_bytes, Some(100));
        assert!(parameters.body_8bit && parameters.smtputf8 && parameters.return_full);
        assert_eq!(parameters.envelope_id.as_deref(), Some("QQ314159"));
        let Ok(Command::Rcpt(recipient)) = parse("RCPT TO:<a@b.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@b.test")
        else {
            panic!()
        };
        assert!(recipient.notify.success && recipient.notify.delay && !recipient.notify.failure);
        assert_eq!(recipient.original.as_deref(), Some("rfc822;a+2Bb@b.test"));
    }

    #[test]
    fn what_is_wrong_gets_its_own_code() {
        assert_eq!(parse("FOO bar"), Err((500, Enhanced(5, 5, 1))));
        assert_eq!(parse("MAIL FROM:<a\0@b.test>"), Err((500, Enhanced(5, 5, 2))));
        assert_eq!(parse("EHLO"), Err((501, Enhanced(5, 5, 4))));
        assert_eq!(parse("DATA now"), Err((501, Enhanced(5, 5, 4))));
        assert_eq!(parse("MAIL FROM:<a@>"), Err((501, Enhanced(5, 1, 7))));
        assert_eq!(parse("RCPT TO:<>"), Err((501, Enhanced(5, 1, 3))));
        assert_eq!(parse("RCPT TO:<a@b.test> FOO=1"), Err((555, Enhanced(5, 5, 4))));
        assert_eq!(parse("MAIL FROM:<a@b.test> SIZE=x"), Err((501, Enhanced(5, 5, 4))));
        assert_eq!(parse("MAIL FROM:<é@b.test>"), Err((553, Enhanced(5, 6, 7))));
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = Command::parse(&line);
        }

        #[test]
        fn nor_a_line_that_looks_like_one(
            verb in "(MAIL FROM:|RCPT TO:|AUTH )", tail in "[<>\"\\\\@a-z.=;, +]{0,40}"
        ) {
            let _ = Command::parse(format!("{verb}{tail}").as_bytes());
        }
    }
}
