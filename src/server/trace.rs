//! Traces for OpenTelemetry: a span for each request, and in it one for judging. Where nobody
//! collects them they cost nothing.

use hyper::HeaderMap;
use tracing::Span;

/// What tells spans from lines of the log.
pub(super) const TARGET: &str = "manifestly::trace";

/// The span of a request, within that of who asks, where they say.
pub(super) fn request(headers: &HeaderMap, path: &str) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "admission",
        otel.kind = "server",
        url.path = path,
        uid = tracing::field::Empty,
        decision = tracing::field::Empty,
        allowed = tracing::field::Empty,
        http.response.status_code = tracing::field::Empty,
    );
    collected::within(&span, headers);
    span
}

/// The span of judging, within that of the request.
pub(super) fn judging(request: &Span) -> Span {
    tracing::info_span!(
        target: TARGET,
        parent: request,
        "judge",
        operation = tracing::field::Empty,
        kind = tracing::field::Empty,
        findings = tracing::field::Empty,
        problems = tracing::field::Empty,
    )
}

pub(super) use collected::Traces;

#[cfg(feature = "telemetry")]
mod collected {
    use hyper::HeaderMap;
    use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
    use tracing::{Span, Subscriber};
    use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
    use tracing_subscriber::registry::LookupSpan;

    use crate::server::ServeError;

    /// Spans on their way to a collector. What is still here is sent when it ends.
    #[derive(Debug)]
    pub(in crate::server) struct Traces(SdkTracerProvider);

    impl Traces {
        /// To be called where tasks can be started.
        pub(in crate::server) fn to(endpoint: &str) -> Result<Self, ServeError> {
            let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build();
            let exporter = exporter.map_err(|error| ServeError::Traces {
                endpoint: endpoint.to_owned(),
                reason: error.to_string(),
            })?;
            let resource = Resource::builder().with_service_name("manifestly").build();
            let provider = SdkTracerProvider::builder().with_batch_exporter(exporter);
            Ok(Self(provider.with_resource(resource).build()))
        }

        /// What takes up spans.
        pub(in crate::server) fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
        where
            S: Subscriber + for<'span> LookupSpan<'span>,
        {
            tracing_opentelemetry::layer().with_tracer(self.0.tracer("manifestly"))
        }
    }

    impl Drop for Traces {
        fn drop(&mut self) {
            if let Err(error) = self.0.shutdown() {
                tracing::warn!(%error, "the last traces may be lost");
            }
        }
    }

    struct Headers<'h>(&'h HeaderMap);

    impl Extractor for Headers<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key)?.to_str().ok()
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(hyper::header::HeaderName::as_str).collect()
        }
    }

    pub(super) fn within(span: &Span, headers: &HeaderMap) {
        if !span.is_disabled() {
            let context = TraceContextPropagator::new().extract(&Headers(headers));
            let _ = span.set_parent(context);
        }
    }
}

#[cfg(not(feature = "telemetry"))]
mod collected {
    use hyper::HeaderMap;
    use tracing::Span;
    use tracing_subscriber::layer::Identity;

    use crate::server::ServeError;

    /// Nothing collects spans in this build.
    #[derive(Debug)]
    pub(in crate::server) enum Traces {}

    impl Traces {
        pub(in crate::server) fn to(endpoint: &str) -> Result<Self, ServeError> {
            let reason = "this program was built without the feature `telemetry`".to_owned();
            Err(ServeError::Traces { endpoint: endpoint.to_owned(), reason })
        }

        pub(in crate::server) fn layer(&self) -> Identity {
            match *self {}
        }
    }

    pub(super) fn within(_: &Span, _: &HeaderMap) {}
}
