//! What a server writes down: a line for each request and each change. Objects and what policies say
//! of them are not in it, as they may hold secrets: names, ids and counts are.

use std::io;

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::admission::Decision;
use crate::agreement::Standing;
use crate::manifest::AdmissionRequest;

use super::ServeError;
use super::trace::{self, Traces};

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum LogFormat {
    /// A JSON object each
    #[default]
    Json,
    /// For people
    Text,
}

/// What is written down, and where.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// How lines are written.
    pub format: LogFormat,
    /// Which ones: `off`, `error`, `warn`, `info` or `debug`.
    pub level: String,
    /// Where traces are sent, by OTLP over gRPC, such as `http://localhost:4317`.
    pub traces: Option<String>,
}

/// Has lines written to standard error from here on, and traces sent. Where lines are written already,
/// they are.
pub(super) fn init(options: &LogOptions) -> Result<Option<Traces>, ServeError> {
    let level: LevelFilter = options.level.parse().unwrap_or(LevelFilter::INFO);
    let is_line = move |metadata: &Metadata<'_>| {
        metadata.target() != trace::TARGET && *metadata.level() <= level
    };
    let lines = fmt::layer().with_writer(io::stderr).with_target(false);
    let lines = match options.format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
        LogFormat::Text => lines.boxed(),
    };
    let lines = lines.with_filter(filter_fn(is_line).with_max_level_hint(level));
    let traces = options.traces.as_deref().map(Traces::to).transpose()?;
    let spans = traces.as_ref().map(|traces| {
        let is_span = |metadata: &Metadata<'_>| metadata.target() == trace::TARGET;
        let is_span = filter_fn(is_span).with_max_level_hint(LevelFilter::INFO);
        traces.layer().with_filter(is_span)
    });
    let _ = tracing_subscriber::registry().with(lines).with(spans).try_init();
    Ok(traces)
}

/// What is kept of a request beside its decision.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) operation: &'static str,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) subresource: String,
    pub(super) user: String,
    pub(super) dry_run: bool,
}

impl About {
    pub(super) fn of(request: &AdmissionRequest) -> Self {
        let id = request.object().map(|object| object.id.clone()).unwrap_or_default();
        Self {
            operation: request.operation.as_str(),
            kind: id.kind,
            namespace: id.namespace,
            name: id.name,
            subresource: request.subresource.clone(),
            user: request.username.clone(),
            dry_run: request.dry_run,
        }
    }
}

/// A decision, in one line.
pub(super) fn decided(decision: &Decision, about: &About, path: &str, milliseconds: f64) {
    let count = |standing| {
        decision.judged.findings.iter().filter(|finding| finding.standing == standing).count()
    };
    let annotation = |key: &str| decision.audit.get(key).map(String::as_str).unwrap_or_default();
    tracing::info!(
        decision = decision.decision,
        uid = decision.uid,
        path,
        allowed = decision.allowed,
        operation = about.operation,
        kind = about.kind,
        namespace = about.namespace,
        name = about.name,
        subresource = about.subresource,
        user = about.user,
        dry_run = about.dry_run,
        denied_by = annotation("denied-by"),
        warned_by = annotation("warned-by"),
        waived = annotation("waived"),
        blocking = count(Standing::Blocking),
        warnings = count(Standing::Warning),
        upcoming = count(Standing::Upcoming),
        patched = decision.patch.0.len(),
        errors = decision.judged.problems.len(),
        milliseconds,
        "decided"
    );
    if decision.is_error {
        // Where a policy is broken, and not what it judged.
        for problem in &decision.judged.problems {
            let place = problem.location();
            tracing::error!(
                uid = decision.uid,
                problem = problem.kind.as_str(),
                file = place.as_ref().map(|place| place.file.as_str()).unwrap_or_default(),
                line = place.as_ref().and_then(|place| place.line).unwrap_or_default(),
                "could not be judged"
            );
        }
    }
}
