//! Traces, as a collector gets them.

#![cfg(all(unix, feature = "telemetry"))]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

use super::program::Server;
use super::{no, pod, review};

/// What a client calls who has traces.
const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Keeps what it is sent, by gRPC.
struct Collector {
    address: SocketAddr,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (address, sent) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<u8>>>::default());
        let kept = Arc::clone(&sent);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    let kept = Arc::clone(&kept);
                    let service = service_fn(move |request| take(request, Arc::clone(&kept)));
                    let builder = http2::Builder::new(TokioExecutor::new());
                    tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
                }
            });
        });
        Self { address, sent }
    }

    fn has(&self, bytes: &[u8]) -> bool {
        self.sent.lock().unwrap().windows(bytes.len()).any(|window| window == bytes)
    }
}

async fn take(
    request: Request<Incoming>,
    kept: Arc<Mutex<Vec<u8>>>,
) -> Result<Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>>, Infallible> {
    assert_eq!(request.uri().path(), EXPORT);
    let body = request.into_body().collect().await.unwrap().to_bytes();
    kept.lock().unwrap().extend_from_slice(&body);
    // A message of no bytes, which is not compressed, and that all is well.
    let message = Full::new(Bytes::from_static(&[0; 5]));
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from(0))]);
    let response = Response::builder().header("content-type", "application/grpc");
    let body = message.with_trailers(async move { Some(Ok(trailers)) });
    Ok(response.body(body).unwrap())
}

#[test]
fn a_request_is_a_span_of_the_trace_of_who_asks() {
    let collector = Collector::start();
    let endpoint = format!("http://{}", collector.address);
    let mut server = Server::of(&no("cat"), &["--otlp-endpoint", &endpoint]);
    let parent = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    let headers = format!("Content-Type: application/json\r\n{parent}");
    let answer = server.connect().ask("POST", "/validate", &headers, &review(&pod("cat")));
    assert!(!answer.allowed());
    // What is left is sent at the end.
    server.signal("TERM");
    assert_eq!(server.ended(), Some(0), "{:?}", server.lines());
    let trace = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
    let span = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();
    for (what, bytes) in [
        ("the program", "manifestly".as_bytes()),
        ("a request", b"admission"),
        ("its judging", b"judge"),
        ("the trace", &trace),
        ("the span that it is part of", &span),
    ] {
        assert!(collector.has(bytes), "{what} is not told");
    }
    assert!(!collector.has(b"no cat here"), "what is said of an object may hold secrets");
}
