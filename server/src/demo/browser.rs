//! A browser as plain as can be: cookies, links and forms, no scripts. It knows of Relais what stands on its pages.
//!
//! ```text
//!   GET / POST ──> http://localhost:PORT ──> 303? followed ──> Seen { html } ── link(..), field(..) ──> the next one
//! ```

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How many redirections are followed.
const HOPS_MAX: usize = 8;

/// Somebody's window, with the cookies of one listener.
pub struct Browser {
    port: u16,
    cookies: BTreeMap<String, String>,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its status.
    pub status: u16,
    /// Where it is.
    pub path: String,
    /// The page.
    pub html: String,
    location: Option<String>,
}

impl Browser {
    /// A new window at `http://localhost:PORT`.
    #[must_use]
    pub fn at(port: u16) -> Self {
        Self { port, cookies: BTreeMap::new() }
    }

    /// Opens a page.
    ///
    /// # Errors
    /// When nobody answers, or with anything but a page.
    pub async fn open(&mut self, path: &str) -> Result<Seen> {
        let seen = self.ask("GET", path, None).await?;
        self.follow(seen).await
    }

    /// Sends the form that goes to `action`, with the token of the page it is on.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub async fn send(&mut self, on: &Seen, action: &str, fields: &[(&str, &str)]) -> Result<Seen> {
        let token = on.field("token").with_context(|| format!("{} has no form with a token", on.path))?;
        let fields = fields.iter().copied().chain([("token", token.as_str())]);
        let body: Vec<String> = fields.map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
        let seen = self.ask("POST", action, Some(body.join("&"))).await?;
        self.follow(seen).await
    }

    async fn follow(&mut self, mut seen: Seen) -> Result<Seen> {
        for _ in 0..HOPS_MAX {
            let Some(next) = seen.location.take() else { break };
            let home = format!("http://localhost:{}", self.port);
            let path = next.strip_prefix(&home).unwrap_or(&next).to_owned();
            seen = self.ask("GET", &path, None).await?;
        }
        if seen.status != 200 {
            bail!("{} answered {}: {}", seen.path, seen.status, seen.words());
        }
        Ok(seen)
    }

    async fn ask(&mut self, method: &str, path: &str, body: Option<String>) -> Result<Seen> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
        let request = self.request(method, path, body.as_deref());
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no HTTP answer")?;
        let (head, rest) = answer.split_at(end);
        let head = String::from_utf8_lossy(head).into_owned();
        let rest = rest.get(4..).unwrap_or_default();
        let said = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).collect()
        };
        let cookies: Vec<String> = said("set-cookie");
        for (name, value) in cookies.iter().filter_map(|cookie| cookie.split(';').next()?.split_once('=')) {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let is_chunked = said("transfer-encoding").iter().any(|coding| coding == "chunked");
        let html = if is_chunked { unchunked(rest) } else { rest.to_vec() };
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no HTTP status")?;
        let location = said("location").into_iter().next();
        Ok(Seen { status, path: path.to_owned(), html: String::from_utf8_lossy(&html).into_owned(), location })
    }

    fn request(&self, method: &str, path: &str, body: Option<&str>) -> String {
        let host = format!("localhost:{}", self.port);
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut lines = vec![
            format!("{method} {path} HTTP/1.1"),
            format!("Host: {host}"),
            "Connection: close".to_owned(),
            "Accept-Language: en".to_owned(),
            format!("Cookie: {}", cookies.join("; ")),
        ];
        if let Some(body) = body {
            lines.push(format!("Origin: http://{host}"));
            lines.push("Content-Type: application/x-www-form-urlencoded".to_owned());
            lines.push(format!("Content-Length: {}", body.len()));
        }
        format!("{}\r\n\r\n{}", lines.join("\r\n"), body.unwrap_or_default())
    }
}

impl Seen {
    /// What a field of a form holds.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        let tag = self.tags("input").find(|tag| attribute(tag, "name").is_some_and(|one| one == name))?;
        attribute(tag, "value")
    }

    /// The first link that begins so.
    #[must_use]
    pub fn link(&self, begins: &str) -> Option<String> {
        self.tags("a").filter_map(|tag| attribute(tag, "href")).find(|href| href.starts_with(begins))
    }

    /// The link around these words, which stand between `<a` and `</a>`.
    #[must_use]
    pub fn link_around(&self, words: &str) -> Option<String> {
        let around = self
            .html
            .split("<a ")
            .skip(1)
            .find(|rest| rest.split("</a>").next().is_some_and(|inside| unescaped(inside).contains(words)))?;
        attribute(around.split('>').next()?, "href")
    }

    /// What stands between the first `<textarea` and its end.
    #[must_use]
    pub fn text(&self) -> String {
        let inside = self.html.split_once("<textarea").and_then(|(_, rest)| rest.split_once('>'));
        unescaped(inside.and_then(|(_, rest)| rest.split("</textarea>").next()).unwrap_or_default().trim_start())
    }

    /// Its words without tags, for complaints.
    #[must_use]
    pub fn words(&self) -> String {
        let main = self.html.split_once("<main").map_or(self.html.as_str(), |(_, main)| main);
        let text: String = main.split('<').filter_map(|piece| piece.split_once('>').map(|(_, text)| text)).collect();
        unescaped(&text.split_whitespace().collect::<Vec<_>>().join(" ")).chars().take(400).collect()
    }

    fn tags<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let opening = format!("<{name} ");
        self.html.match_indices('<').filter_map(move |(at, _)| {
            let rest = self.html.get(at..)?.strip_prefix(opening.as_str())?;
            rest.split('>').next()
        })
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = format!(" {tag}").split_once(&format!(" {name}=\"")).map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    rest.split('"').next().map(unescaped)
}

fn unescaped(text: &str) -> String {
    let numbered = [("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'")];
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    numbered.iter().chain(&named).fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// RFC 9112 §7.1
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let (size, after) = rest.split_at(end);
        let size = std::str::from_utf8(size).ok().and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
        let Some(chunk) = size.filter(|size| *size > 0).and_then(|size| after.get(2..2 + size)) else { break };
        whole.extend_from_slice(chunk);
        rest = after.get(chunk.len() + 4..).unwrap_or_default();
    }
    whole
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_page_is_read_as_a_person_reads_it() {
        let html = "<a class=\"x\" href=\"/f/1/m/2?a=1&#38;b=2\"><span>Bonjour</span> &#38; merci</a>\
                    <input type=\"hidden\" name=\"token\" value=\"t\"><textarea name=\"text\">\nOui &#60;non&#62;</textarea>";
        let seen = Seen { status: 200, path: "/".to_owned(), html: html.to_owned(), location: None };
        assert_eq!(seen.link_around("Bonjour").unwrap(), "/f/1/m/2?a=1&b=2");
        assert_eq!(seen.link("/f/1/m/").unwrap(), "/f/1/m/2?a=1&b=2");
        assert_eq!((seen.field("token").unwrap(), seen.text()), ("t".to_owned(), "Oui <non>".to_owned()));
    }

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(unchunked(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), b"abcde");
        assert_eq!(unchunked(b"ffffffffff\r\nabc"), b"");
    }
}
