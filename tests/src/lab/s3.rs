//! An S3 service: moto, from PyPI.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use anyhow::{Result, ensure};

use super::daemon::Daemon;
use super::net::{Host, Net};

const PORT: u16 = 9000;

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

    /// The client's options for it, as a file holds them.
    pub fn options() -> String {
        format!(
            "endpoint = http://{}:{PORT}\nregion = eu-west-3\naccess_key_id = relais\nsecret_access_key = relais-secret\n\
             allow_http = true\n",
            Host::Bucket.address()
        )
    }
}
