//! Blobs as objects of a bucket: S3 and what speaks it, Azure, Google Cloud Storage.
//!
//! A put is durable when the service has answered it. The client tries again by itself when the service is busy
//! (503), slow or gone, for as long as [`RETRY_S`]; what fails after that is answered 451.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use mail::{Region, Timestamp};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, RetryConfig};
use url::Url;

use super::{Listed, content_of, name};
use crate::{ContentId, Result, StoreError};

/// How long a request is tried again.
const RETRY_S: u64 = 20;
/// How long one try may take.
const REQUEST_S: u64 = 30;
/// Requests at a time, when many are removed.
const TOGETHER: usize = 16;

/// The bucket of a region.
#[derive(Clone, Debug)]
pub(in crate::region) struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Bucket {
    /// `s3://bucket/prefix`, `az://container/prefix` or `gs://bucket/prefix`; `options` are the client's, such as
    /// `endpoint`, `region`, `access_key_id`.
    pub(in crate::region) fn open(url: &str, options: &[(String, String)], region: &Region) -> Result<Self> {
        let wrong = |why: String| StoreError::Refused(format!("the blob store {url}: {why}"));
        let parsed = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        let store = client(&parsed, options).map_err(|error| wrong(error.to_string()))?;
        let prefix = Path::from(format!("{}/{region}", parsed.path().trim_matches('/')));
        Ok(Self { store, prefix })
    }

    pub(in crate::region) async fn write(&self, content: ContentId, sealed: Vec<u8>) -> Result<()> {
        self.store.put(&self.path(content), sealed.into()).await.map_err(trouble)?;
        Ok(())
    }

    pub(in crate::region) async fn read(&self, content: ContentId) -> Result<Option<Vec<u8>>> {
        let got = match self.store.get(&self.path(content)).await {
            Ok(got) => got,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(trouble(error)),
        };
        Ok(Some(got.bytes().await.map_err(trouble)?.into()))
    }

    pub(in crate::region) async fn remove(&self, contents: Vec<ContentId>) -> Result<()> {
        let removed = futures_util::stream::iter(contents).map(|content| async move {
            match self.store.delete(&self.path(content)).await {
                Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
                Err(error) => Err(trouble(error)),
            }
        });
        removed.buffer_unordered(TOGETHER).try_collect().await
    }

    pub(in crate::region) async fn list(&self) -> Result<Vec<Listed>> {
        let all = self.store.list(Some(&self.prefix)).map_err(trouble).try_filter_map(|object| async move {
            let content = object.location.filename().and_then(content_of);
            let written_at = Timestamp::from_ms(object.last_modified.timestamp_millis());
            Ok(content.map(|content| Listed { content, written_at }))
        });
        all.try_collect().await
    }

    fn path(&self, content: ContentId) -> Path {
        let (shard, name) = name(content);
        self.prefix.clone().join(shard).join(name)
    }
}

pub(crate) fn client(url: &Url, options: &[(String, String)]) -> object_store::Result<Arc<dyn ObjectStore>> {
    let retry = RetryConfig { retry_timeout: Duration::from_secs(RETRY_S), ..RetryConfig::default() };
    let client = ClientOptions::new().with_timeout(Duration::from_secs(REQUEST_S));
    let bucket = url.host_str().unwrap_or_default();
    Ok(match url.scheme() {
        "s3" => {
            let mut builder =
                AmazonS3Builder::new().with_retry(retry).with_client_options(client).with_bucket_name(bucket);
            for (key, value) in options {
                builder = builder.with_config(key.parse()?, value);
            }
            Arc::new(builder.build()?)
        }
        "az" => {
            let mut builder =
                MicrosoftAzureBuilder::new().with_retry(retry).with_client_options(client).with_container_name(bucket);
            for (key, value) in options {
                builder = builder.with_config(key.parse()?, value);
            }
            Arc::new(builder.build()?)
        }
        "gs" => {
            let mut builder =
                GoogleCloudStorageBuilder::new().with_retry(retry).with_client_options(client).with_bucket_name(bucket);
            for (key, value) in options {
                builder = builder.with_config(key.parse()?, value);
            }
            Arc::new(builder.build()?)
        }
        scheme => {
            let source = format!("expected s3://, az:// or gs://, not {scheme}://").into();
            return Err(object_store::Error::Generic { store: "blob store", source });
        }
    })
}

fn trouble(error: object_store::Error) -> StoreError {
    StoreError::Blob(error.to_string())
}
