//! Record sets as values: what a name has of one kind, compared without regard to order.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::Name;

/// The kinds of record that this house reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Kind {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Txt,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Txt => "TXT",
        })
    }
}

/// What one record says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// Another name for the same host.
    Cname(Name),
    /// A host that takes the name's mail; lower is tried first (RFC 5321 §5.1).
    Mx {
        /// Lower is tried first.
        preference: u16,
        /// The host.
        host: Name,
    },
    /// A name server of the zone.
    Ns(Name),
    /// Character-strings of at most 255 octets; each `char` stands for one octet.
    Txt(Vec<String>),
}

impl Data {
    /// An MX record.
    #[must_use]
    pub const fn mx(preference: u16, host: Name) -> Self {
        Self::Mx { preference, host }
    }

    /// A text record, cut into character-strings of at most 255 octets (RFC 1035 §3.3.14).
    #[must_use]
    pub fn txt(text: &str) -> Self {
        let octets: Vec<char> = text.bytes().map(char::from).collect();
        Self::Txt(octets.chunks(255).map(|part| part.iter().collect()).collect())
    }

    /// Which kind of record this is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::A(_) => Kind::A,
            Self::Aaaa(_) => Kind::Aaaa,
            Self::Cname(_) => Kind::Cname,
            Self::Mx { .. } => Kind::Mx,
            Self::Ns(_) => Kind::Ns,
            Self::Txt(_) => Kind::Txt,
        }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => address.fmt(f),
            Self::Aaaa(address) => address.fmt(f),
            Self::Cname(name) | Self::Ns(name) => f.write_str(&name.fqdn()),
            Self::Mx { preference, host } => write!(f, "{preference} {}", host.fqdn()),
            Self::Txt(parts) => {
                let quoted: Vec<String> = parts.iter().map(|part| quote(part)).collect();
                f.write_str(&quoted.join(" "))
            }
        }
    }
}

// RFC 1035 §5.1: a backslash and three digits write an octet that would not print.
fn quote(part: &str) -> String {
    let mut out = String::from("\"");
    for octet in part.chars() {
        match octet {
            '"' | '\\' => out.extend(['\\', octet]),
            ' '..='~' => out.push(octet),
            other => out.push_str(&format!("\\{:03}", u32::from(other))),
        }
    }
    out.push('"');
    out
}

/// Everything a name has of one kind. Never empty: what is not there is an absent set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSet {
    /// The owner.
    pub name: Name,
    /// How long others may keep it.
    pub ttl_s: u32,
    /// The members; all of one kind.
    pub members: BTreeSet<Data>,
}

impl RecordSet {
    /// A set of what `members` yields.
    #[must_use]
    pub fn new(name: Name, ttl_s: u32, members: impl IntoIterator<Item = Data>) -> Self {
        Self { name, ttl_s, members: members.into_iter().collect() }
    }

    /// Whether the members are the same; the time to live does not count, as secondaries and resolvers differ in it.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.name == other.name && self.members == other.members
    }
}

impl fmt::Display for RecordSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> =
            self.members.iter().map(|d| format!("{} {} {} {d}", self.name.fqdn(), self.ttl_s, d.kind())).collect();
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn long_texts_are_cut_and_odd_octets_are_written_out() {
        let Data::Txt(parts) = Data::txt(&"k".repeat(300)) else { panic!("no text") };
        assert_eq!(parts.iter().map(String::len).collect::<Vec<_>>(), [255, 45]);
        assert_eq!(Data::txt("a\"b\u{e9}").to_string(), "\"a\\\"b\\195\\169\"");
    }

    #[test]
    fn order_and_ttl_do_not_make_a_difference() {
        let name = Name::parse("corp.test").unwrap();
        let (a, b) = (Data::mx(10, Name::parse("a.test").unwrap()), Data::mx(20, Name::parse("b.test").unwrap()));
        let one = RecordSet::new(name.clone(), 5, [a.clone(), b.clone()]);
        assert!(one.says_the_same(&RecordSet::new(name, 300, [b, a])));
    }
}
