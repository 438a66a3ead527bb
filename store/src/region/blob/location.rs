//! Where a bucket says that it is: S3's GetBucketLocation. Azure and Google Cloud Storage are not asked.

use std::time::Duration;

use object_store::ClientOptions;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, AwsAuthorizer};
use object_store::client::{HttpConnector as _, HttpRequest, HttpRequestBody, ReqwestConnector};
use url::Url;

use crate::{Result, StoreError};

/// How long it may take.
const ASKED_S: u64 = 15;
/// What the oldest region of all calls itself: nothing.
const UNNAMED: &str = "us-east-1";

/// The place of `s3://bucket/...`; `None` for another kind of store.
///
/// # Errors
/// [`StoreError::Blob`] when it does not say.
pub(crate) async fn location(url: &str, options: &[(String, String)]) -> Result<Option<String>> {
    let trouble = |why: String| StoreError::Blob(why);
    let parsed = Url::parse(url).map_err(|error| trouble(error.to_string()))?;
    if parsed.scheme() != "s3" {
        return Ok(None);
    }
    let bucket = parsed.host_str().unwrap_or_default();
    let failed = |error: object_store::Error| trouble(error.to_string());
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
    for (key, value) in options {
        builder = builder.with_config(key.parse().map_err(failed)?, value);
    }
    let region = builder.get_config_value(&AmazonS3ConfigKey::Region).unwrap_or_else(|| UNNAMED.to_owned());
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
    let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    let credential = builder.build().map_err(failed)?.credentials().get_credential().await.map_err(failed)?;
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    let asked = format!("{}/{bucket}?location", endpoint.trim_end_matches('/'));
    *request.uri_mut() = asked.parse().map_err(|_| trouble(format!("{asked} is no address")))?;
    AwsAuthorizer::new(&credential, "s3", &region).try_authorize(&mut request, None).map_err(failed)?;
    let client = ClientOptions::new().with_timeout(Duration::from_secs(ASKED_S)).with_allow_http(true);
    let client = ReqwestConnector::default().connect(&client).map_err(failed)?;
    let answer = client.execute(request).await.map_err(|error| trouble(error.to_string()))?;
    let status = answer.status();
    let body = answer.into_body().bytes().await.map_err(|error| trouble(error.to_string()))?;
    let body = String::from_utf8_lossy(&body);
    if !status.is_success() {
        return Err(trouble(format!("it answered {status}")));
    }
    named(&body).map(Some).ok_or_else(|| trouble("its answer names no place".to_owned()))
}

/// `<LocationConstraint ...>eu-west-3</LocationConstraint>`; empty, or `<LocationConstraint/>`, in the oldest region.
fn named(xml: &str) -> Option<String> {
    let (_, rest) = xml.split_once("<LocationConstraint")?;
    let (head, rest) = rest.split_once('>')?;
    let name = if head.ends_with('/') { "" } else { rest.split_once("</LocationConstraint>")?.0.trim() };
    Some(match name {
        "" => UNNAMED.to_owned(),
        "EU" => "eu-west-1".to_owned(),
        name => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn every_way_to_say_a_place_is_understood() {
        let said = |inner: &str| named(&format!("<?xml version=\"1.0\"?>\n{inner}"));
        let space = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
        assert_eq!(said(&format!("<LocationConstraint {space}>eu-west-3</LocationConstraint>")).unwrap(), "eu-west-3");
        assert_eq!(said(&format!("<LocationConstraint {space}/>")).unwrap(), "us-east-1");
        assert_eq!(said("<LocationConstraint></LocationConstraint>").unwrap(), "us-east-1");
        assert_eq!(said("<LocationConstraint>EU</LocationConstraint>").unwrap(), "eu-west-1");
        assert_eq!(said("<Error>no</Error>"), None);
    }
}
