//! An S3 service: moto, from PyPI; and what stands in front of it when it is to fail.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::daemon::Daemon;
use super::net::{Host, Net};
use crate::wait::moment;

/// Where it answers.
pub const PORT: u16 = 9000;

/// A running service with a bucket `relais`.
pub struct Bucket {
    /// The server.
    pub daemon: Daemon,
}

impl Bucket {
    /// Starts it.
    pub fn start(net: &Net, dir: &Path) -> Result<Self> {
        let program = crate::folder().join("s3/installed/bin/moto_server");
        let mut command = net.command(Host::Bucket, &program.display().to_string());
        command.args(["-H", &Host::Bucket.address(), "-p", &PORT.to_string()]);
        let mut daemon = Daemon::start(&mut command, dir, "s3")?;
        daemon.wait_for_port(net, Host::Bucket, PORT)?;
        let said = net.on(Host::Admin, || {
            let mut stream = TcpStream::connect(format!("{}:{PORT}", Host::Bucket.address()))?;
            let ask = format!("PUT /relais HTTP/1.0\r\nHost: {}\r\nContent-Length: 0\r\n\r\n", Host::Bucket.address());
            stream.write_all(ask.as_bytes())?;
            let mut said = String::new();
            stream.read_to_string(&mut said)?;
            Ok(said)
        })?;
        ensure!(said.starts_with("HTTP/1.0 200") || said.starts_with("HTTP/1.1 200"), "no bucket: {said}");
        Ok(Self { daemon })
    }

    /// The client's options for it on a port, as a file holds them.
    pub fn options(port: u16) -> String {
        format!(
            "endpoint = http://{}:{port}\nregion = eu-west-3\naccess_key_id = relais\nsecret_access_key = relais-secret\n\
             allow_http = true\n",
            Host::Bucket.address()
        )
    }
}

/// How the service behaves towards whoever comes by the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    /// As it is.
    Well,
    /// 503 to everything.
    Busy,
    /// Some seconds late.
    Slow,
    /// Answers end in the middle.
    Truncating,
    /// Requests end in the middle: the connection is closed once some of a body has come.
    Cutting,
}

/// Stands in front of the service and lets it fail as told.
pub struct Front {
    mood: Arc<AtomicU8>,
}

/// Where the front answers.
pub const FRONT: u16 = 9001;
/// Octets of an answer that come through while it truncates: a head and some of a body.
const SOME: usize = 1_500;
const LATE: Duration = Duration::from_secs(3);
const BUSY: &str = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

impl Front {
    /// Listens on the service's host until the net is taken down.
    pub fn start(net: &Arc<Net>) -> Result<Self> {
        let front = Self { mood: Arc::new(AtomicU8::new(Mood::Well as u8)) };
        let listener = net.on(Host::Bucket, || Ok(TcpListener::bind((Host::Bucket.address().as_str(), FRONT))?))?;
        let (net, mood) = (Arc::clone(net), Arc::clone(&front.mood));
        thread::spawn(move || {
            let _may_be_gone = net.enter(Host::Bucket);
            for client in listener.incoming().flatten() {
                let mood = mood.load(Ordering::Relaxed);
                // A connection that breaks is what this is for.
                thread::spawn(move || drop(serve(client, mood)));
            }
        });
        Ok(front)
    }

    /// From the next connection on.
    pub fn is(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::Relaxed);
    }
}

fn serve(mut client: TcpStream, mood: u8) -> Result<()> {
    if mood == Mood::Busy as u8 {
        let mut request = [0; 65_536];
        let _some = client.read(&mut request)?;
        client.write_all(BUSY.as_bytes())?;
        return Ok(client.shutdown(Shutdown::Both)?);
    }
    if mood == Mood::Slow as u8 {
        moment(LATE);
    }
    let service = TcpStream::connect((Host::Bucket.address().as_str(), PORT))?;
    let limit = |is: Mood| if mood == is as u8 { SOME } else { usize::MAX };
    let (there, back) = ((client.try_clone()?, service.try_clone()?), (service, client));
    let (asking, answering) = (limit(Mood::Cutting), limit(Mood::Truncating));
    let forth = thread::spawn(move || pass(there, asking));
    pass(back, answering)?;
    let _ended = forth.join();
    Ok(())
}

/// Passes on so many octets, then closes both.
fn pass((mut from, mut to): (TcpStream, TcpStream), limit: usize) -> Result<()> {
    let (mut passed, mut some) = (0, [0; 16_384]);
    while passed < limit {
        let count = from.read(&mut some)?.min(limit - passed);
        if count == 0 {
            break;
        }
        to.write_all(&some[..count])?;
        passed += count;
    }
    let _may_be_closed = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
    Ok(())
}
