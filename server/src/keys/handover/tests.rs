#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
use store::HouseKeys;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::*;

async fn meet(asked: &Pass, asks: &Pass) -> Result<(), String> {
    let (here, there): (DuplexStream, DuplexStream) = tokio::io::duplex(16 * 1024);
    let acceptor = TlsAcceptor::from(asked.server.clone());
    let answering = tokio::spawn(async move {
        let mut stream = acceptor.accept(there).await.map_err(|error| format!("asked: {error}"))?;
        stream.write_all(b"here").await.map_err(|error| error.to_string())?;
        stream.shutdown().await.map_err(|error| error.to_string())
    });
    let connector = TlsConnector::from(asks.client.clone());
    let connected = connector.connect(Pass::name().unwrap(), here).await;
    let mut stream = connected.map_err(|error| format!("asks: {error}"))?;
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.map_err(|error| format!("asks: {error}"))?;
    answering.await.unwrap()?;
    assert_eq!(said, b"here");
    Ok(())
}

#[tokio::test]
async fn nodes_with_the_same_keys_meet_and_strangers_do_not() {
    let (ours, others) = (HouseKeys::generate(), HouseKeys::generate());
    let (one, two, stranger) = (Pass::new(&ours).unwrap(), Pass::new(&ours).unwrap(), Pass::new(&others).unwrap());
    assert_eq!(meet(&one, &two).await, Ok(()));
    assert!(meet(&one, &stranger).await.is_err(), "a stranger asks");
    assert!(meet(&stranger, &one).await.is_err(), "a stranger is asked");
}

#[tokio::test]
async fn who_shows_nothing_is_not_answered() {
    let ours = HouseKeys::generate();
    let (asked, mut nobody) = (Pass::new(&ours).unwrap(), Pass::new(&ours).unwrap());
    let (params, authority) = pass::authority(&ours).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(params.self_signed(&authority).unwrap().der().clone()).unwrap();
    let silent = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into());
    let silent = silent.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    nobody.client = std::sync::Arc::new(silent.with_no_client_auth());
    assert!(meet(&asked, &nobody).await.is_err());
}
