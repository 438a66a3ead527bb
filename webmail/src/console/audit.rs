//! Who did what when: the log's end, whether it is whole, and all of it to take away.

use askama::Template;
use axum::extract::Query;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;
use store::directory::{AuditEntry, Chain};

use super::desk::Verified;
use super::seat::{Seat, Top};
use crate::Trouble;
use crate::frame::html;

const PAGE_ENTRIES: u32 = 100;

/// What stands in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "console/audit.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    entries: Vec<AuditEntry>,
    verified: Option<Verified>,
}

impl Page {
    fn older(&self) -> Option<i64> {
        self.entries.last().map(|entry| entry.seq).filter(|seq| *seq > 1)
    }

    /// What came of the check, and whether it is good.
    fn outcome(&self) -> Option<(bool, String)> {
        let lang = self.top.lang();
        Some(match &self.verified.as_ref()?.chain {
            Chain::Whole { count, head } => (true, lang.audit_whole(*count, head)),
            Chain::Broken { seq, what } => (false, lang.audit_broken(*seq, what)),
        })
    }

    fn witnessed(&self) -> Option<(bool, String)> {
        let lang = self.top.lang();
        Some(match &self.verified.as_ref()?.witness {
            None => (true, lang.audit_no_witness().to_owned()),
            Some(Ok(heads)) => (true, lang.audit_witnessed(*heads)),
            Some(Err(what)) => (false, lang.audit_contradicted(what)),
        })
    }
}

async fn page(seat: &Seat, before: Option<i64>, verified: Option<Verified>) -> Result<Response, Trouble> {
    let entries = seat.house.store.directory().audit_tail(before, PAGE_ENTRIES).await?;
    let top = seat.top(seat.lang.console_audit(), "/audit", "audit");
    Ok(html(&Page { frame: top.frame.clone(), top, entries, verified }))
}

/// GET `/audit`
pub async fn show(seat: Seat, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    page(&seat, asked.before, None).await
}

/// POST `/audit/verify`
pub async fn verify(seat: Seat) -> Result<Response, Trouble> {
    match seat.desk().verify_audit().await {
        Ok(verified) => {
            let whole = matches!(verified.chain, Chain::Whole { .. }) && !matches!(verified.witness, Some(Err(_)));
            seat.note("audit.verified", &json!({ "whole": whole })).await?;
            page(&seat, None, Some(verified)).await
        }
        Err(refused) => Ok(seat.refused(&refused, "/audit")),
    }
}

/// GET `/audit/export`: JSON, one entry a line.
pub async fn export(seat: Seat) -> Result<Response, Trouble> {
    seat.note("audit.exported", &json!({})).await?;
    let entries = seat.house.store.directory().audit_export().await?;
    let mut text = String::new();
    for entry in &entries {
        text += &json!(entry).to_string();
        text.push('\n');
    }
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CONTENT_DISPOSITION, "attachment; filename=\"relais-audit.jsonl\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}
