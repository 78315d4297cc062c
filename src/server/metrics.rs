//! Numbers for Prometheus.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::admission::Decision;

use super::log::About;
use super::pool::Summary;

/// What is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum What {
    Policies,
    Certificates,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    /// `allowed`, `denied`, or `error` where it could not be judged.
    decision: &'static str,
    operation: &'static str,
    /// Where it was asked: `/validate`.
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FindingLabels {
    policy: String,
    standing: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReplyLabels {
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabels {
    what: What,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PolicyLabels {
    decision: String,
    policies: String,
    data: String,
    agreement: String,
    as_of: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WaiverLabels {
    policy: String,
    waiver: String,
    expires: String,
}

/// Numbers that are counted, and the book they are written into.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    findings: Family<FindingLabels, Counter>,
    replies: Family<ReplyLabels, Counter>,
    duration: Histogram,
    evaluation: Histogram,
    pub(super) turned_away: Counter,
    pub(super) panics: Counter,
    pub(super) handshakes_failed: Counter,
    busy: Gauge,
    reloads: Family<ReloadLabels, Counter>,
    is_current: Gauge,
    policies: Gauge,
    set: Family<PolicyLabels, Gauge>,
    waivers: Gauge,
    ending: Family<WaiverLabels, Gauge>,
    pub(super) certificate_ends: Gauge<i64, AtomicI64>,
    patched: Counter<u64, AtomicU64>,
}

impl Metrics {
    pub(super) fn new(encrypts: bool) -> Self {
        let mut registry = Registry::with_prefix("manifestly");
        // From a tenth of a millisecond to some three seconds.
        let times = || Histogram::new(exponential_buckets(0.000_1, 2.0, 16));
        let metrics = Self {
            requests: Family::default(),
            findings: Family::default(),
            replies: Family::default(),
            duration: times(),
            evaluation: times(),
            turned_away: Counter::default(),
            panics: Counter::default(),
            handshakes_failed: Counter::default(),
            busy: Gauge::default(),
            reloads: Family::default(),
            is_current: Gauge::default(),
            policies: Gauge::default(),
            set: Family::default(),
            waivers: Gauge::default(),
            ending: Family::default(),
            certificate_ends: Gauge::default(),
            patched: Counter::default(),
            registry: Registry::default(),
        };
        let book = &mut registry;
        book.register("requests", "Reviews that were answered", metrics.requests.clone());
        book.register(
            "findings",
            "Violations that were found in reviews",
            metrics.findings.clone(),
        );
        book.register("http_responses", "Answers by their status", metrics.replies.clone());
        book.register_with_unit(
            "request_duration",
            "From the head of a request to its answer",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        book.register_with_unit(
            "evaluation_duration",
            "Reading and judging a review",
            Unit::Seconds,
            metrics.evaluation.clone(),
        );
        book.register(
            "requests_turned_away",
            "Requests for which there was no room",
            metrics.turned_away.clone(),
        );
        book.register("panics", "Judgements that broke off", metrics.panics.clone());
        book.register(
            "tls_handshakes_failed",
            "Connections that could not be encrypted",
            metrics.handshakes_failed.clone(),
        );
        book.register(
            "requests_in_flight",
            "Reviews that are judged or wait for it",
            metrics.busy.clone(),
        );
        book.register("reloads", "How often something was read again", metrics.reloads.clone());
        book.register(
            "policies_current",
            "1 unless newer policies could not be loaded",
            metrics.is_current.clone(),
        );
        book.register("policies", "Policies in force", metrics.policies.clone());
        book.register("policy_set", "What verdicts rest on; always 1", metrics.set.clone());
        book.register("waivers", "Waivers that let something pass", metrics.waivers.clone());
        book.register(
            "waiver_ends_in_days",
            "Days until a waiver ends that is about to",
            metrics.ending.clone(),
        );
        if encrypts {
            book.register(
                "certificate_expiry_timestamp_seconds",
                "When the certificate in use ends",
                metrics.certificate_ends.clone(),
            );
        }
        book.register(
            "patched_requests",
            "Reviews whose object was changed",
            metrics.patched.clone(),
        );
        metrics.is_current.set(1);
        Self { registry, ..metrics }
    }

    /// The page that Prometheus reads.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into memory can't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    pub(super) fn note_reply(&self, code: u16, time: Duration) {
        self.replies.get_or_create(&ReplyLabels { code }).inc();
        self.duration.observe(time.as_secs_f64());
    }

    pub(super) fn note_busy(&self, busy: usize) {
        self.busy.set(i64::try_from(busy).unwrap_or(i64::MAX));
    }

    pub(super) fn note_decision(
        &self,
        decision: &Decision,
        about: &About,
        path: &str,
        time: Option<Duration>,
    ) {
        let name = match decision {
            Decision { is_error: true, .. } => "error",
            Decision { allowed: true, .. } => "allowed",
            _ => "denied",
        };
        let labels =
            RequestLabels { decision: name, operation: about.operation, path: path.to_owned() };
        self.requests.get_or_create(&labels).inc();
        for finding in &decision.judged.findings {
            let (policy, standing) = (finding.policy.id.clone(), finding.standing.as_str());
            self.findings.get_or_create(&FindingLabels { policy, standing }).inc();
        }
        if !decision.patch.0.is_empty() {
            self.patched.inc();
        }
        if let Some(time) = time {
            self.evaluation.observe(time.as_secs_f64());
        }
    }

    pub(super) fn note_reload(&self, what: What, went_well: bool) {
        let result = if went_well { "success" } else { "failure" };
        self.reloads.get_or_create(&ReloadLabels { what, result }).inc();
        if what == What::Policies {
            self.is_current.set(i64::from(went_well));
        }
    }

    /// Tells what is in force now, and nothing of what was before.
    pub(super) fn note_set(&self, summary: &Summary) {
        let Summary { basis, policies, waivers, .. } = summary;
        self.policies.set(i64::try_from(*policies).unwrap_or(i64::MAX));
        self.set.clear();
        let labels = PolicyLabels {
            decision: basis.decision.clone(),
            policies: basis.policies.to_string(),
            data: basis.data.to_string(),
            agreement: basis.agreement.to_string(),
            as_of: basis.as_of.to_string(),
        };
        self.set.get_or_create(&labels).set(1);
        let holding = || waivers.each().iter().filter(|weighed| weighed.holds());
        self.waivers.set(i64::try_from(holding().count()).unwrap_or(i64::MAX));
        self.ending.clear();
        for weighed in holding() {
            let waiver = &weighed.waiver;
            let days = waiver.days_left(basis.as_of);
            if days <= i64::from(waivers.rules().expiring_within) {
                let labels = WaiverLabels {
                    policy: waiver.policy.clone(),
                    waiver: waiver.name.clone().unwrap_or_default(),
                    expires: waiver.expires.to_string(),
                };
                self.ending.get_or_create(&labels).set(days);
            }
        }
    }
}
