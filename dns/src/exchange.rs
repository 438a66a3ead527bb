//! One question, one answer: UDP first, TCP when the answer is cut or the message is signed.
//!
//! ```text
//!   question ── UDP ──> server        signed update ── TCP ──> server
//!            <── TC? ──                             <── rcode, MAC checked
//!            ── TCP ──>
//! ```
//! A driver.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::TSigVerifier;
use hickory_proto::rr::rdata::tsig::TsigError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::wire::name_from_wire;
use crate::{DnsError, Key, Name, Result, clock};

/// How long one server may take for one answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) udp: Duration,
    pub(crate) tcp: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { udp: Duration::from_millis(800), tcp: Duration::from_secs(5) }
    }
}

/// Asks `server` without signature. UDP is tried twice, then TCP.
pub(crate) async fn ask(server: SocketAddr, question: &Message, patience: Patience) -> Result<Message> {
    for _ in 0..2 {
        match within(server, patience.udp, udp(server, question)).await {
            // RFC 2181 §9: what is marked as cut is not used, but asked for again over TCP.
            Ok(answer) if answer.metadata.truncation => break,
            Ok(answer) => return Ok(answer),
            Err(DnsError::Timeout { .. }) => {}
            Err(DnsError::Io { .. }) => break,
            Err(other) => return Err(other),
        }
    }
    let octets = encode(server, question)?;
    let answer = within(server, patience.tcp, tcp(server, &octets)).await?;
    decode(server, question, &answer)
}

/// Sends a signed message over TCP and returns the verified answer, or what the server refuses.
pub(crate) async fn ask_signed(
    server: SocketAddr,
    mut message: Message,
    key: &Key,
    zone: &Name,
    patience: Patience,
) -> Result<Message> {
    let verifier = message.finalize(key.signer(), clock::now_s()).map_err(|error| DnsError::Key(error.to_string()))?;
    let octets = encode(server, &message)?;
    let answer = within(server, patience.tcp, tcp(server, &octets)).await?;
    let decoded = decode(server, &message, &answer)?;
    // A refusal may come unsigned (RFC 8945 §5.2); believing it costs nothing but this attempt.
    if let Some(refusal) = refusal(server, &decoded, key, zone) {
        return Err(refusal);
    }
    verify(server, verifier, &answer)?;
    Ok(decoded)
}

fn verify(server: SocketAddr, verifier: Option<TSigVerifier>, answer: &[u8]) -> Result<()> {
    let mut verifier = verifier.ok_or(DnsError::Unsigned { server })?;
    verifier.verify(answer).map(drop).map_err(|_| DnsError::Unsigned { server })
}

// The codes that have nothing to do with prerequisites; those are for the caller.
fn refusal(server: SocketAddr, answer: &Message, key: &Key, zone: &Name) -> Option<DnsError> {
    let tsig_error = answer.signature().and_then(|tsig| tsig.data.error);
    let rcode = |answer: &Message| format!("{:?}", answer.metadata.response_code);
    match answer.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXRRSet | ResponseCode::YXRRSet | ResponseCode::YXDomain => None,
        _ if tsig_error == Some(TsigError::BadTime) => Some(DnsError::Clock { server }),
        // Quirk, Knot: an ACL that does not match answers NOTAUTH with BADKEY although the key is right.
        ResponseCode::NotAuth if tsig_error.is_some() => {
            Some(DnsError::KeyRefused { server, key: key.name(), rcode: format!("NOTAUTH, {tsig_error:?}") })
        }
        // RFC 2136 §3.1.2 and RFC 8945 §5.2: the zone is not theirs, or they know no key at all.
        ResponseCode::NotAuth | ResponseCode::NotZone => Some(DnsError::NotAuthority { server, zone: zone.clone() }),
        // Quirk, BIND: a key that is right but not allowed answers REFUSED (Knot: NOTAUTH).
        ResponseCode::Refused => Some(DnsError::UpdateRefused { server, rcode: "REFUSED".to_owned() }),
        _ => Some(DnsError::Failed { server, rcode: rcode(answer) }),
    }
}

async fn within<T>(server: SocketAddr, limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    let after_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    timeout(limit, work).await.unwrap_or(Err(DnsError::Timeout { server, after_ms }))
}

async fn udp(server: SocketAddr, question: &Message) -> Result<Message> {
    let io = |source| DnsError::Io { server, source };
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await.map_err(io)?;
    socket.connect(server).await.map_err(io)?;
    socket.send(&encode(server, question)?).await.map_err(io)?;
    let mut buffer = vec![0_u8; 4096];
    loop {
        let length = socket.recv(&mut buffer).await.map_err(io)?;
        // RFC 5452 §9.1: what does not match the question is not the answer; the right one may still come.
        if let Ok(answer) = decode(server, question, buffer.get(..length).unwrap_or_default()) {
            return Ok(answer);
        }
    }
}

async fn tcp(server: SocketAddr, octets: &[u8]) -> Result<Vec<u8>> {
    let io = |source| DnsError::Io { server, source };
    let mut stream = TcpStream::connect(server).await.map_err(io)?;
    // RFC 7766 §8: length and message in one write.
    let length = u16::try_from(octets.len()).map_err(|_| malformed(server, "the message is over 64 KiB"))?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(octets);
    stream.write_all(&framed).await.map_err(io)?;
    let length = stream.read_u16().await.map_err(io)?;
    let mut answer = vec![0_u8; usize::from(length)];
    stream.read_exact(&mut answer).await.map_err(io)?;
    Ok(answer)
}

fn encode(server: SocketAddr, message: &Message) -> Result<Vec<u8>> {
    message.to_vec().map_err(|error| malformed(server, &error.to_string()))
}

fn decode(server: SocketAddr, question: &Message, octets: &[u8]) -> Result<Message> {
    let answer = Message::from_vec(octets).map_err(|error| malformed(server, &error.to_string()))?;
    if answer.metadata.id != question.metadata.id || answer.metadata.op_code != question.metadata.op_code {
        return Err(malformed(server, "it answers another question"));
    }
    // RFC 2136 §3.8: an answer to an update may leave its zone section out.
    let same = match (question.queries.first(), answer.queries.first()) {
        (Some(asked), Some(answered)) => {
            let folded = |q: &hickory_proto::op::Query| name_from_wire(q.name()).ok();
            folded(asked) == folded(answered) && asked.query_type() == answered.query_type()
        }
        (_, None) => true,
        (None, Some(_)) => false,
    };
    same.then_some(answer).ok_or_else(|| malformed(server, "it answers another question"))
}

pub(crate) fn malformed(server: SocketAddr, what: &str) -> DnsError {
    DnsError::Malformed { server, what: what.to_owned() }
}
