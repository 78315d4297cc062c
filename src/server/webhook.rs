//! What is asked at the door: one review, answered by another.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, StatusCode};
use serde::Deserialize;
use tracing::{Instrument as _, Span};

use crate::admission::failed;
use crate::agreement::Basis;

use super::Shared;
use super::log::{self, About};
use super::pool::{Answer, Decided, Question, Unasked};
use super::reply::{self, Reply};
use super::trace;

/// What is left of the API server's patience for the way back.
const WAY_BACK: Duration = Duration::from_millis(500);

/// Answers a request, whatever it is.
pub(super) async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Reply, Infallible> {
    let started = Instant::now();
    let span = trace::request(request.headers(), request.uri().path());
    let reply = reply_to(request, &shared, started).instrument(span.clone()).await;
    span.record("http.response.status_code", reply.status().as_u16());
    shared.metrics.note_reply(reply.status().as_u16(), started.elapsed());
    Ok(reply)
}

async fn reply_to(request: Request<Incoming>, shared: &Shared, started: Instant) -> Reply {
    let path = request.uri().path().to_owned();
    let (question, name) = match path.strip_prefix('/').unwrap_or(&path) {
        "validate" => (Question::Validate, None),
        "mutate" if shared.options.mutate => (Question::Mutate, None),
        "mutate" => {
            return reply::text(
                StatusCode::NOT_FOUND,
                "nothing is changed here: start it with --mutate",
            );
        }
        other => match other.strip_prefix("validate/").filter(|name| !name.is_empty()) {
            Some(name) => (Question::Validate, Some(name)),
            None => {
                return reply::text(StatusCode::NOT_FOUND, "POST an AdmissionReview to /validate");
            }
        },
    };
    if request.method() != Method::POST {
        return reply::only("POST");
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if let Some(kind) = kind.filter(|kind| !is_json(kind)) {
        let reason = format!("a review is `application/json`, and this is `{kind}`");
        return reply::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason);
    }
    let patience =
        patience(request.uri().query()).map(|all| all.saturating_sub(WAY_BACK).max(all / 2));
    let deadline = shared.options.limits.deadline.min(patience.unwrap_or(Duration::MAX));
    let until = started + deadline;
    let body = match body_of(request, shared, until).await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let on_error = shared.options.on_error;
    let asked = shared.pool.ask(body.clone(), question, name, on_error, until);
    let (answer, summary) = match asked {
        Ok(asked) => asked,
        Err(Unasked::NoSubset) => {
            return reply::text(
                StatusCode::NOT_FOUND,
                "there are no policies of this name: see --subset",
            );
        }
        Err(Unasked::Full) => {
            shared.metrics.turned_away.inc();
            return reply::later("too many requests are waiting already");
        }
        Err(Unasked::Gone) => {
            return reply::text(StatusCode::SERVICE_UNAVAILABLE, "nothing judges any more");
        }
    };
    let basis = &summary.basis;
    match tokio::time::timeout_at(until.into(), answer).await {
        Ok(Ok(Answer::Decided(decided))) => decided_reply(*decided, &path, shared, started),
        Ok(Ok(Answer::Refused(error))) => {
            tracing::warn!(path, reason = %error, "a request that is no review");
            reply::text(StatusCode::BAD_REQUEST, error.to_string())
        }
        Ok(Ok(Answer::Broken) | Err(_)) => {
            let reason = "judging it broke off: this is a fault of manifestly";
            unjudged(&body, reason, basis, &path, shared, started)
        }
        Ok(Ok(Answer::Late)) | Err(_) => {
            let reason = format!("there was no verdict within {:.1} s", deadline.as_secs_f64());
            unjudged(&body, &reason, basis, &path, shared, started)
        }
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// How long the API server waits: it says so in the query, `timeout=10s`.
fn patience(query: Option<&str>) -> Option<Duration> {
    let said = query?.split('&').find_map(|part| part.strip_prefix("timeout="))?;
    let seconds: f64 = match said.strip_suffix("ms") {
        Some(number) => number.parse::<f64>().ok()? / 1000.0,
        None => said.strip_suffix('s').unwrap_or(said).parse().ok()?,
    };
    Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero())
}

/// The body, unless it is too long or too slow.
async fn body_of(
    request: Request<Incoming>,
    shared: &Shared,
    until: Instant,
) -> Result<Bytes, Reply> {
    let most = shared.options.limits.body;
    let too_long = || {
        let reason = format!("a review has {most} bytes at most: see --max-request-bytes");
        reply::text(StatusCode::PAYLOAD_TOO_LARGE, reason)
    };
    let body = request.into_body();
    if body.size_hint().lower() > most as u64 {
        return Err(too_long());
    }
    let whole = Limited::new(body, most).collect();
    match tokio::time::timeout_at(until.into(), whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
        Ok(Err(error)) => {
            Err(reply::text(StatusCode::BAD_REQUEST, format!("the body breaks off: {error}")))
        }
        Err(_) => Err(reply::text(StatusCode::REQUEST_TIMEOUT, "the body took too long to arrive")),
    }
}

fn decided_reply(decided: Decided, path: &str, shared: &Shared, started: Instant) -> Reply {
    let Decided { decision, about, time } = decided;
    Span::current()
        .record("uid", &decision.uid)
        .record("decision", &decision.decision)
        .record("allowed", decision.allowed);
    shared.metrics.note_decision(&decision, &about, path, Some(time));
    log::decided(&decision, &about, path, milliseconds(started));
    reply::json(decision.response())
}

/// What of a review is needed to answer it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    api_version: String,
    request: Uid,
}

#[derive(Deserialize)]
struct Uid {
    uid: String,
}

/// The answer to a review that nothing was found out about.
fn unjudged(
    body: &Bytes,
    reason: &str,
    basis: &Basis,
    path: &str,
    shared: &Shared,
    started: Instant,
) -> Reply {
    let Ok(head) = serde_json::from_slice::<Head>(body) else {
        return reply::text(StatusCode::BAD_REQUEST, "the body is no AdmissionReview");
    };
    let on_error = shared.options.on_error;
    let decision = failed(&head.api_version, &head.request.uid, reason, basis, on_error);
    tracing::error!(uid = head.request.uid, reason, "a request could not be judged");
    shared.metrics.note_decision(&decision, &About::default(), path, None);
    log::decided(&decision, &About::default(), path, milliseconds(started));
    reply::json(decision.response())
}

fn milliseconds(started: Instant) -> f64 {
    (started.elapsed().as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_server_says_how_long_it_waits() {
        let seconds = |query| patience(Some(query)).map(|time| time.as_secs_f64());
        assert_eq!(seconds("timeout=10s"), Some(10.0));
        assert_eq!(seconds("a=b&timeout=2s"), Some(2.0));
        assert_eq!(seconds("timeout=1500ms"), Some(1.5));
        assert_eq!(seconds("timeout=30"), Some(30.0));
        for nothing in ["timeout=", "timeout=-1s", "timeout=0s", "timeout=soon", ""] {
            assert_eq!(seconds(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn json_is_what_is_called_so() {
        assert!(is_json("application/json; charset=utf-8") && is_json("Application/JSON"));
        assert!(!is_json("text/plain") && !is_json("application/json-patch+json"));
    }
}
