//! One accepted connection, from its first byte to its last.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mail::Reply;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::stream::Stream;
use super::{Service, now};
use crate::session::{Answer, Question, Session, Step};
use crate::{Peer, Reception};

/// A small message arrives in one read; an idle session does not hold much.
const READ_BYTES: usize = 16 * 1024;
/// What a session in the middle of a large message reads at once.
const READ_BULK_BYTES: usize = 256 * 1024;

/// Tells a peer that there is no room, when it can be told in plain.
pub(super) async fn turn_away(mut socket: TcpStream, implicit_tls: bool) {
    if !implicit_tls {
        let line = b"421 4.3.2 Too many connections, please come back\r\n";
        let _ = timeout(Duration::from_secs(5), socket.write_all(line)).await;
    }
}

pub(super) async fn converse<R: Reception>(
    socket: TcpStream,
    peer: SocketAddr,
    service: &Service<R>,
    mut shutdown: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut stream = Stream::Plain(socket);
    let mut session = Session::new(Arc::clone(&service.settings), Peer::at(peer));
    if service.implicit_tls {
        stream = shake_hands(stream, service).await?;
        session.begin_secured(stream.protection());
    }
    let patience = Duration::from_secs(service.settings.limits.command_s);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match session.poll(now()) {
            Step::Write(bytes) => timeout(patience, stream.write(&bytes)).await??,
            Step::Ask(question) => {
                let answer = ask(service.reception.as_ref(), &session, question).await;
                session.answer(answer);
            }
            Step::Handshake => {
                stream = shake_hands(stream, service).await?;
                if let Some(protection) = stream.protection() {
                    session.secured(protection);
                }
            }
            Step::Read { until } => {
                let wait = Duration::from_millis(u64::try_from(until.ms_since(now())).unwrap_or(0));
                tokio::select! {
                    read = timeout(wait, stream.read(&mut buffer)) => match read {
                        Ok(Ok(0)) => return Ok(()),
                        Ok(length) => take(&mut session, &mut buffer, length?),
                        Err(_elapsed) => {}
                    },
                    // A dropped sender means the same as `true`.
                    _ = shutdown.wait_for(|stop| *stop), if !session.is_retiring() => session.retire(),
                }
            }
            Step::Close => {
                let _ = timeout(Duration::from_secs(5), stream.close()).await;
                return Ok(());
            }
        }
    }
}

fn take(session: &mut Session, buffer: &mut Vec<u8>, length: usize) {
    session.feed(buffer.get(..length).unwrap_or_default());
    // A full buffer promises more of the same.
    if length == buffer.len() && length < READ_BULK_BYTES {
        buffer.resize((length * 4).min(READ_BULK_BYTES), 0);
    }
}

async fn ask<R: Reception>(reception: &R, session: &Session, question: Question) -> Answer {
    let peer = session.peer();
    match question {
        Question::Sender { path, parameters } => Answer::Verdict(reception.sender(peer, &path, &parameters).await),
        Question::Recipient { path } => Answer::Verdict(match session.envelope() {
            Some(envelope) => reception.recipient(peer, envelope, &path).await,
            None => Err(Reply::trouble()),
        }),
        Question::Message { envelope, raw } => Answer::Taken(reception.message(peer, envelope, raw).await),
        Question::Authenticate { login, password } => {
            Answer::Login(reception.authenticate(peer, &login, &password).await)
        }
    }
}

async fn shake_hands<R>(stream: Stream, service: &Service<R>) -> io::Result<Stream> {
    let config = service.tls.clone().ok_or_else(|| io::Error::other("no certificate is configured"))?;
    let patience = Duration::from_secs(service.settings.limits.handshake_s);
    let accepting = TlsAcceptor::from(config).accept(stream.into_plain()?);
    let tls = timeout(patience, accepting).await??;
    Ok(Stream::Tls(Box::new(tls.into())))
}
