//! What can go wrong on the stage.

/// Why a part of the stage did not do its part.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A domain or host that nothing answers for.
    #[error("DNS names no mail server for {0}")]
    NoHost(String),
    /// DNS did not work.
    #[error(transparent)]
    Dns(#[from] dns::DnsError),
    /// A session between mail servers broke.
    #[error(transparent)]
    Smtp(#[from] smtp::Error),
    /// A listener could not be opened.
    #[error("cannot listen on {address}: {cause}; is another demo running?")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
    /// A message that cannot be read.
    #[error("this is no message")]
    NoMessage,
    /// No resolver for the verifier of signatures.
    #[error("no resolver: {0}")]
    Resolver(String),
}
