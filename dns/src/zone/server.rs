//! The sockets of our own authority. A driver.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode, UpdateMessage as _};
use hickory_proto::rr::rdata::tsig::TsigError;
use hickory_proto::rr::{RecordType, TSigResponseContext};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::answer::{answer, bare};
use super::{Zone, update};
use crate::wire::{UDP_PAYLOAD, name_from_wire};
use crate::{Key, Name, clock};

// RFC 7766 §6.2.3: an idle connection may be closed.
const IDLE: Duration = Duration::from_secs(10);
const CONNECTIONS_MAX: usize = 64;
// RFC 1035 §4.2.1: without EDNS an answer over UDP has at most 512 octets.
const UDP_PLAIN: u16 = 512;

/// A running authority; dropping it closes its sockets.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    zones: Arc<RwLock<Vec<Zone>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Listens on UDP and TCP and answers for `zones`; updates signed with `key` change them. Port 0 takes a free one.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub async fn start(listen: SocketAddr, zones: Vec<Zone>, key: Option<Key>) -> std::io::Result<Self> {
        let (udp, tcp) = bind(listen).await?;
        let address = tcp.local_addr()?;
        let zones = Arc::new(RwLock::new(zones));
        let desk = Arc::new(Desk { zones: Arc::clone(&zones), key });
        let tasks = vec![tokio::spawn(serve_udp(udp, Arc::clone(&desk))), tokio::spawn(serve_tcp(tcp, desk))];
        Ok(Self { address, zones, tasks })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The zone as it is now.
    #[must_use]
    pub fn zone(&self, origin: &Name) -> Option<Zone> {
        let zones = self.zones.read().unwrap_or_else(PoisonError::into_inner);
        zones.iter().find(|zone| zone.origin() == origin).cloned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

// With port 0 the system picks the TCP port; the same UDP port is nearly always free, and else another is tried.
async fn bind(listen: SocketAddr) -> std::io::Result<(UdpSocket, TcpListener)> {
    let mut tries = 0;
    loop {
        let tcp = TcpListener::bind(listen).await?;
        match UdpSocket::bind(tcp.local_addr()?).await {
            Ok(udp) => return Ok((udp, tcp)),
            Err(_) if listen.port() == 0 && tries < 16 => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

struct Desk {
    zones: Arc<RwLock<Vec<Zone>>>,
    key: Option<Key>,
}

impl Desk {
    // `None`: not worth an answer.
    fn handle(&self, octets: &[u8]) -> Option<Message> {
        let request = Message::from_vec(octets).ok()?;
        if request.metadata.message_type != MessageType::Query {
            return None;
        }
        if request.metadata.op_code == OpCode::Update {
            return self.update(octets, &request);
        }
        let mut said = answer(&self.zones.read().unwrap_or_else(PoisonError::into_inner), &request);
        // RFC 6891 §6.1.1: EDNS is answered with EDNS.
        if request.edns.is_some() {
            let mut edns = hickory_proto::op::Edns::new();
            edns.set_max_payload(UDP_PAYLOAD).set_version(0);
            said.set_edns(edns);
        }
        Some(said)
    }

    fn update(&self, octets: &[u8], request: &Message) -> Option<Message> {
        let signed = match self.check(octets, request, clock::now_s()) {
            Ok(context) => context,
            Err(None) => return Some(bare(request, ResponseCode::Refused)),
            // RFC 8945 §5.2: NOTAUTH with the TSIG error.
            Err(Some(context)) => return sign(bare(request, ResponseCode::NotAuth), context),
        };
        let code = self.change(request);
        sign(bare(request, code), signed)
    }

    fn check(
        &self,
        octets: &[u8],
        request: &Message,
        now_s: u64,
    ) -> Result<TSigResponseContext, Option<TSigResponseContext>> {
        let key = self.key.as_ref().ok_or(None)?;
        let tsig = request.signature().ok_or(None)?;
        let id = request.metadata.id;
        let signer = key.signer();
        if tsig.name != *signer.signer_name() || tsig.data.algorithm != *signer.algorithm() {
            return Err(Some(TSigResponseContext::unknown_key(id, now_s, tsig.name.clone())));
        }
        let bad = || Some(TSigResponseContext::bad_signature(id, now_s, signer.clone()));
        // hickory subtracts the fudge from the time without looking.
        if tsig.data.time < u64::from(tsig.data.fudge) {
            return Err(bad());
        }
        let (mac, _, valid) = signer.verify_message_byte(octets, None, true).map_err(|_| bad())?;
        let late = (!valid.contains(&now_s)).then_some(TsigError::BadTime);
        let context = TSigResponseContext::new(id, now_s, signer.clone(), mac, late);
        if late.is_some() { Err(Some(context)) } else { Ok(context) }
    }

    fn change(&self, request: &Message) -> ResponseCode {
        // RFC 2136 §3.1.1: exactly one zone, named by its SOA.
        let [section] = request.zones() else { return ResponseCode::FormErr };
        if section.query_type() != RecordType::SOA {
            return ResponseCode::FormErr;
        }
        let mut zones = self.zones.write().unwrap_or_else(PoisonError::into_inner);
        let named = name_from_wire(section.name()).ok();
        // RFC 2136 §3.1.2: a zone that is not ours is NOTAUTH.
        let Some(zone) = zones.iter_mut().find(|zone| Some(zone.origin()) == named.as_ref()) else {
            return ResponseCode::NotAuth;
        };
        match update::update(zone, request) {
            Ok(next) => {
                *zone = next;
                ResponseCode::NoError
            }
            Err(code) => code,
        }
    }
}

fn sign(mut answer: Message, context: TSigResponseContext) -> Option<Message> {
    let octets = answer.to_vec().ok()?;
    answer.set_signature(context.sign(&octets).ok()?);
    Some(answer)
}

async fn serve_udp(socket: UdpSocket, desk: Arc<Desk>) {
    let mut buffer = vec![0_u8; 4096];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else { continue };
        let Some(request) = buffer.get(..length) else { continue };
        let Some(said) = desk.handle(request) else { continue };
        let room = Message::from_vec(request).ok().and_then(|m| m.edns).map_or(UDP_PLAIN, |e| e.max_payload());
        if let Some(octets) = cut(&said, usize::from(room.clamp(UDP_PLAIN, UDP_PAYLOAD))) {
            // An answer that cannot be sent is asked for again.
            let _ = socket.send_to(&octets, peer).await;
        }
    }
}

// RFC 2181 §9: what does not fit is marked as cut and asked for over TCP.
fn cut(said: &Message, room: usize) -> Option<Vec<u8>> {
    let whole = said.to_vec().ok()?;
    if whole.len() <= room { Some(whole) } else { said.truncate().to_vec().ok() }
}

async fn serve_tcp(listener: TcpListener, desk: Arc<Desk>) {
    let seats = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else { continue };
        let desk = Arc::clone(&desk);
        tokio::spawn(async move {
            // A connection that breaks is its owner's affair.
            let _ = converse(stream, &desk).await;
            drop(seat);
        });
    }
}

async fn converse(mut stream: TcpStream, desk: &Desk) -> std::io::Result<()> {
    loop {
        let length = timeout(IDLE, stream.read_u16()).await??;
        let mut request = vec![0_u8; usize::from(length)];
        timeout(IDLE, stream.read_exact(&mut request)).await??;
        let Some(octets) = desk.handle(&request).and_then(|said| said.to_vec().ok()) else { return Ok(()) };
        let Ok(length) = u16::try_from(octets.len()) else { return Ok(()) };
        let framed = [length.to_be_bytes().as_slice(), &octets].concat();
        timeout(IDLE, stream.write_all(&framed)).await??;
    }
}
