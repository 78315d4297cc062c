//! Answers of HTTP.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

pub(super) type Reply = Response<Full<Bytes>>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A review that answers another.
pub(super) fn json(body: Vec<u8>) -> Reply {
    of(StatusCode::OK, JSON, body.into())
}

/// A text, in one line or several.
pub(super) fn text(status: StatusCode, text: impl Into<String>) -> Reply {
    let mut text = text.into();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    of(status, TEXT, text.into())
}

/// A page of another type.
pub(super) fn page(kind: &'static str, body: String) -> Reply {
    of(StatusCode::OK, HeaderValue::from_static(kind), body.into())
}

/// Too much at once: the same may go well in a moment.
pub(super) fn later(reason: &str) -> Reply {
    let mut reply = text(StatusCode::TOO_MANY_REQUESTS, reason);
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// Another method is wanted.
pub(super) fn only(method: &'static str) -> Reply {
    let mut reply = text(StatusCode::METHOD_NOT_ALLOWED, format!("only {method} is answered here"));
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    reply
}

fn of(status: StatusCode, kind: HeaderValue, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, kind);
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
