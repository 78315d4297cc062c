//! What is told to those who run the server: whether it lives, whether it is ready, and how it goes.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;

use super::Shared;
use super::connection::PATIENCE;
use super::reply::{self, Reply};
use super::shutdown::Waiting;

/// The type of what Prometheus reads.
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers until the end.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut end: Waiting) {
    loop {
        let taken = tokio::select! {
            taken = listener.accept() => taken,
            () = end.end() => return,
        };
        let Ok((stream, _)) = taken else {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let mut builder = Builder::new(TokioExecutor::new());
            builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
            let service = service_fn(move |request| {
                let reply = answer(&request, &shared);
                std::future::ready(Ok::<_, Infallible>(reply))
            });
            // Who goes away in the middle is nobody's trouble.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(request: &Request<Incoming>, shared: &Shared) -> Reply {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return reply::only("GET");
    }
    match request.uri().path() {
        "/healthz" => reply::text(StatusCode::OK, "ok"),
        "/readyz" => readiness(shared),
        "/metrics" => {
            shared.metrics.note_busy(shared.pool.busy());
            reply::page(METRICS, shared.metrics.text())
        }
        _ => reply::text(StatusCode::NOT_FOUND, "there are /healthz, /readyz and /metrics"),
    }
}

/// Ready is who has policies and may show its certificate. What is wrong with newer ones is told too.
fn readiness(shared: &Shared) -> Reply {
    let summary = shared.pool.summary();
    let notes = shared.health.notes();
    let mut text = String::new();
    let mut is_ready = true;
    if shared.health.is_draining() {
        is_ready = false;
        text.push_str("ending: requests that still come are answered\n");
    }
    let _ = writeln!(text, "policies: {}, {}", summary.policies, summary.basis);
    if !summary.unasked.is_empty() {
        let ids = summary.unasked.join(", ");
        let _ = writeln!(text, "not asked, as they look at several manifests at once: {ids}");
    }
    for problem in &summary.problems {
        let _ = writeln!(text, "wrong: {problem}");
    }
    if let Some(error) = &notes.policies {
        let _ = writeln!(text, "newer policies can't be loaded, these stay:\n{error}");
    }
    if shared.options.tls.is_some() {
        let validity = shared.health.validity();
        let date = |seconds| {
            chrono::DateTime::from_timestamp(seconds, 0)
                .map(|date| date.to_rfc3339())
                .unwrap_or_default()
        };
        let [from, until] = [validity.from, validity.until].map(date);
        let _ = writeln!(text, "certificate: valid from {from} until {until}");
        if !validity.holds() {
            is_ready = false;
            text.push_str("that is not now: the API server will not talk to it\n");
        }
    }
    if let Some(error) = &notes.certificates {
        let _ = writeln!(text, "newer certificates can't be used, these stay: {error}");
    }
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let head = if is_ready { "ready" } else { "not ready" };
    reply::text(status, format!("{head}\n{text}"))
}
