//! Figures for Prometheus. Each part of the house is handed its own few; all are read at `/metrics`.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Which listener mail came in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum By {
    /// From other organisations.
    Reception,
    /// From our own staff.
    Submission,
}

/// What became of mail on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Way {
    /// The listener.
    pub by: By,
}

/// Mail on its way in.
#[derive(Clone, Debug, Default)]
pub struct ReceptionFigures {
    /// Messages acknowledged with 250.
    pub accepted: Family<Way, Counter>,
    /// Recipients or messages refused for good (5yz).
    pub refused: Family<Way, Counter>,
    /// Recipients or messages put off (4yz).
    pub put_off: Family<Way, Counter>,
}

impl ReceptionFigures {
    /// Counts a refusal, and hands the result on.
    pub fn count<T>(&self, by: By, result: Result<T, mail::Reply>) -> Result<T, mail::Reply> {
        if let Err(reply) = &result {
            let family = if reply.is_permanent() { &self.refused } else { &self.put_off };
            family.get_or_create(&Way { by }).inc();
        }
        result
    }
}

/// Mail on its way out.
#[derive(Clone, Debug, Default)]
pub struct QueueFigures {
    /// Recipients that wait.
    pub waiting: Gauge,
    /// Recipients whose server has the message.
    pub delivered: Counter,
    /// Recipients that failed for good.
    pub failed: Counter,
}

/// Copying from the primary.
#[derive(Clone, Debug, Default)]
pub struct SyncFigures {
    /// Seconds since all mailboxes were last seen.
    pub history_lag: Gauge<f64, AtomicU64>,
    /// Seconds since the directory was last seen.
    pub directory_lag: Gauge<f64, AtomicU64>,
    /// Messages taken onto the film.
    pub messages: Counter,
    /// Looks at the primary that failed.
    pub failures: Counter,
}

/// How the house stands.
#[derive(Clone, Debug, Default)]
pub struct HouseFigures {
    /// 0 standby, 1 failover, 2 active, 3 failback.
    pub phase: Gauge,
    /// Mailboxes that are unsealed.
    pub unsealed: Gauge,
    /// Mailboxes provisioned.
    pub mailboxes: Gauge,
}

/// All figures; the parts are handed out.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// For `reception`.
    pub reception: ReceptionFigures,
    /// For `outbound`.
    pub queue: QueueFigures,
    /// For `sync`.
    pub sync: SyncFigures,
    /// For `executor`.
    pub house: HouseFigures,
}

impl Figures {
    /// Makes them known to `registry`.
    #[must_use]
    pub fn register(registry: &mut Registry) -> Self {
        let figures = Self::default();
        let Self { reception, queue, sync, house } = &figures;
        registry.register("messages_accepted", "Messages acknowledged with 250", reception.accepted.clone());
        registry.register("refused", "Recipients or messages refused for good", reception.refused.clone());
        registry.register("put_off", "Recipients or messages put off", reception.put_off.clone());
        registry.register("queue_waiting", "Recipients that wait to go out", queue.waiting.clone());
        registry.register("queue_delivered", "Recipients whose server has the message", queue.delivered.clone());
        registry.register("queue_failed", "Recipients that failed for good", queue.failed.clone());
        let (history, directory) = (sync.history_lag.clone(), sync.directory_lag.clone());
        registry.register_with_unit("sync_history_lag", "Since all mailboxes were last seen", Unit::Seconds, history);
        registry.register_with_unit(
            "sync_directory_lag",
            "Since the directory was last seen",
            Unit::Seconds,
            directory,
        );
        registry.register("sync_messages", "Messages taken onto the film", sync.messages.clone());
        registry.register("sync_failures", "Looks at the primary that failed", sync.failures.clone());
        registry.register("phase", "0 standby, 1 failover, 2 active, 3 failback", house.phase.clone());
        registry.register("mailboxes", "Mailboxes provisioned", house.mailboxes.clone());
        registry.register("mailboxes_unsealed", "Mailboxes that are unsealed", house.unsealed.clone());
        figures
    }
}

/// Answers `GET /metrics` until `shutdown`.
pub async fn serve(listener: TcpListener, registry: Arc<Registry>, mut shutdown: watch::Receiver<bool>) {
    let page = move || {
        let registry = Arc::clone(&registry);
        async move { show(&registry) }
    };
    let stop = async move {
        let _ = shutdown.wait_for(|stop| *stop).await;
    };
    let served = axum::serve(listener, Router::new().route("/metrics", get(page))).with_graceful_shutdown(stop);
    if let Err(error) = served.await {
        tracing::error!(%error, "the metrics page ended");
    }
}

fn show(registry: &Registry) -> Response {
    let mut text = String::new();
    match encode(&mut text, registry) {
        Ok(()) => {
            ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
        }
        Err(error) => (axum::http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn figures_are_shown_under_our_name() {
        let mut registry = Registry::with_prefix("relais");
        let figures = Figures::register(&mut registry);
        figures.reception.accepted.get_or_create(&Way { by: By::Reception }).inc();
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        assert!(text.contains("relais_messages_accepted_total{by=\"Reception\"} 1"), "{text}");
    }
}
