//! A fence before ldap3, which holds whatever a server sends until it makes a message.
//!
//! ```text
//!   server ──TCP── pump: every message is 0x30, a length, and no longer than MESSAGE_MAX ──loopback── ldap3
//! ```
//!
//! Only for connections in the clear: who cannot do the TLS handshake is stopped by it.

use std::io;
use std::net::TcpStream as Plain;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Octets of one LDAP message: a group of some hundred thousand members.
const MESSAGE_MAX: u64 = 32 << 20;
const CHUNK: usize = 16 * 1024;

/// Connects to `host:port`, and hands out the inner side of the fence.
pub(super) async fn connect(host: &str) -> io::Result<Plain> {
    let server = TcpStream::connect(host).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let inner = TcpStream::connect(address).await?;
    let expected = inner.local_addr()?;
    let outer = loop {
        let (accepted, peer) = listener.accept().await?;
        // Somebody else on this machine may have been faster.
        if peer == expected {
            break accepted;
        }
    };
    let (from_server, to_server) = server.into_split();
    let (from_us, to_us) = outer.into_split();
    tokio::spawn(async move {
        tokio::select! {
            _ = forward(from_us, to_server) => {}
            ended = checked(from_server, to_us) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "the directory's connection was cut");
                }
            }
        }
    });
    inner.into_std()
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<u64> {
    tokio::io::copy(&mut from, &mut to).await
}

/// Passes whole messages on.
async fn checked(from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
    let mut from = tokio::io::BufReader::with_capacity(CHUNK, from);
    loop {
        let mut head = vec![from.read_u8().await?, from.read_u8().await?];
        let length = match head.as_slice() {
            // RFC 4511 §5.1: a definite length; the short form has its value in one octet.
            [0x30, short @ 0..=0x7f] => u64::from(*short),
            [0x30, long @ 0x81..=0x84] => {
                let mut length = 0_u64;
                for _ in 0x80..*long {
                    let octet = from.read_u8().await?;
                    length = length << 8 | u64::from(octet);
                    head.push(octet);
                }
                length
            }
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        if length > MESSAGE_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        to.write_all(&head).await?;
        tokio::io::copy(&mut (&mut from).take(length), &mut to).await?;
    }
}
