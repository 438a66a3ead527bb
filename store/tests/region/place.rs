//! A bucket is asked where it is before anything is put into it.

use store::{BlobStore, Store, StoreConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::pinning::{opened, region, two};

/// Answers every GetBucketLocation with this place.
async fn bucket(place: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            answer(stream, place).await;
        }
    });
    endpoint
}

async fn answer(mut stream: TcpStream, place: &str) {
    let mut asked = Vec::new();
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await.unwrap();
        if read == 0 {
            return;
        }
        asked.extend_from_slice(&part[..read]);
    }
    let asked = String::from_utf8(asked).unwrap();
    assert!(asked.starts_with("GET /relais?location"), "{asked}");
    assert!(asked.to_lowercase().contains("authorization: aws4-hmac-sha256"), "{asked}");
    let body = format!(
        "<?xml version=\"1.0\"?>\n<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{place}</LocationConstraint>"
    );
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).await.unwrap();
}

/// `bonn` has a bucket behind this endpoint and is declared to be in Frankfurt.
fn declared(folder: &std::path::Path, endpoint: &str) -> StoreConfig {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = two(folder);
    let options = [
        ("endpoint", endpoint),
        ("region", "eu-central-1"),
        ("access_key_id", "relais"),
        ("secret_access_key", "relais-secret"),
        ("allow_http", "true"),
    ];
    let options = options.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    config.regions[1].blobs = BlobStore::Bucket { url: "s3://relais/mail".to_owned(), options };
    config
}

#[tokio::test]
async fn a_bucket_elsewhere_closes_its_region() {
    let folder = tempfile::tempdir().unwrap();
    let config = declared(folder.path(), &bucket("us-east-2").await);
    let store = Store::open(config.clone()).await.unwrap();
    let closed = &store.closed()[0];
    assert_eq!(closed.name, "bonn");
    let says = ["declared in eu-central-1", "s3://relais/mail says that it is in us-east-2"];
    assert!(says.iter().all(|words| closed.why.contains(words)), "{}", closed.why);
    assert!(!folder.path().join("bonn/region-bonn.db").exists(), "nothing is made before the place is known");
    drop(store);
    let right = declared(folder.path(), &bucket("eu-central-1").await);
    let store = opened(&StoreConfig { regions: right.regions, ..config }).await;
    assert!(store.closed().is_empty());
    let whereabouts = store.region(&region("bonn")).unwrap().whereabouts();
    assert_eq!(whereabouts.found.as_deref(), Some("eu-central-1"));
    assert_eq!(whereabouts.doubt, None);
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_leaves_a_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let store = Store::open(declared(folder.path(), &format!("http://{silent}"))).await.unwrap();
    let doubt = store.region(&region("bonn")).unwrap().whereabouts().doubt.clone().unwrap();
    assert!(doubt.contains("could not be asked where it is"), "{doubt}");
}
