//! A connection that may be under TLS or not, and may change from one to the other.

use tokio::io::{AsyncRead, AsyncWrite};

/// Something to read from and write to.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A connection, whatever it is made of.
pub(crate) type Stream = Box<dyn Duplex>;
