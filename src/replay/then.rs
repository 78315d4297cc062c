//! What was decided about a request when it was made.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::manifest::{Node, NodeKind};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It went on.
    Allowed,
    /// It did not.
    Denied,
}

/// How an outcome is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Told {
    /// By what manifestly left in the audit log, or in its response.
    Decision,
    /// By a response to the review, of whomever.
    Response,
    /// By what came of the request: it succeeded, whoever was asked.
    Success,
    /// Not at all.
    #[default]
    Unknown,
}

/// What was decided when a request was made.
#[derive(Clone, Debug, Default)]
pub struct Then {
    /// How it ended, where that is recorded.
    pub outcome: Option<Outcome>,
    /// How that is known.
    pub told: Told,
    /// The short name of what the verdict rested on.
    pub decision: Option<String>,
    /// The digest of the policies.
    pub policies: Option<String>,
    /// The policies that denied it, where they are recorded.
    pub denied_by: BTreeSet<String>,
    /// The first line of what was said, where it failed.
    pub said: Option<String>,
    /// What policies said that did not deny it: that they warned, say.
    notes: BTreeMap<String, &'static str>,
}

/// What stands in the audit log of one webhook, by its name without the webhook's.
type Notes<'n> = BTreeMap<&'n str, &'n str>;

impl Then {
    /// What the response of a review says, and nothing where there is none.
    pub(super) fn of_response(review: &Node) -> Self {
        let Some(response) = review.get("response") else { return Self::default() };
        let outcome = match response.get("allowed").map(|allowed| &allowed.kind) {
            Some(NodeKind::Bool(true)) => Some(Outcome::Allowed),
            Some(NodeKind::Bool(false)) => Some(Outcome::Denied),
            _ => return Self::default(),
        };
        let said = said(response.get("status"));
        let mut notes = Notes::new();
        for entry in entries(response, "auditAnnotations") {
            // Some record what a webhook sent, others what the API server made of it.
            notes.insert(entry.0.rsplit('/').next().unwrap_or(entry.0), entry.1);
        }
        let then = Self { outcome, told: Told::Response, said, ..Self::default() };
        if is_ours(&notes) { Self { told: Told::Decision, ..then.with(&notes) } } else { then }
    }

    /// What an event of an audit log says.
    pub(super) fn of_event(event: &Node) -> Self {
        let status = event.get("responseStatus");
        let said = said(status).filter(|_| !is_success(event));
        let mut webhooks: BTreeMap<&str, Notes<'_>> = BTreeMap::new();
        for (key, value) in entries(event, "annotations") {
            if let Some((webhook, key)) = key.rsplit_once('/') {
                webhooks.entry(webhook).or_default().insert(key, value);
            }
        }
        webhooks.retain(|_, notes| is_ours(notes));
        let then = Self { said, ..Self::default() };
        if webhooks.is_empty() {
            // The API server asks all webhooks before it keeps anything.
            let went_through = is_success(event);
            let told = if went_through { Told::Success } else { Told::Unknown };
            return Self { outcome: went_through.then_some(Outcome::Allowed), told, ..then };
        }
        let message = status.and_then(|status| status.get_str("message")).unwrap_or_default();
        let denies = |(webhook, notes): &(&&str, &Notes<'_>)| {
            let named = format!("admission webhook \"{webhook}\" denied the request");
            notes.contains_key("denied-by") || message.contains(&named)
        };
        let denying = webhooks.iter().find(denies);
        let outcome = if denying.is_some() { Outcome::Denied } else { Outcome::Allowed };
        // What each webhook says is put together, the one that decides last.
        let all = webhooks.values().chain(denying.map(|(_, notes)| notes));
        let then = all.fold(then, Self::with);
        Self { outcome: Some(outcome), told: Told::Decision, ..then }
    }

    fn with(mut self, notes: &Notes<'_>) -> Self {
        let ids = |key: &str| {
            let listed = notes.get(key).copied().unwrap_or_default().split(", ");
            // `a/policy by a-waiver until 2026-12-31`
            let ids = listed.map(|it| it.split(" by ").next().unwrap_or(it).trim().to_owned());
            ids.filter(|id| !id.is_empty()).collect::<Vec<_>>()
        };
        let text = |key: &str| notes.get(key).map(|text| (*text).to_owned());
        self.decision = text("decision");
        self.policies = text("policies");
        self.denied_by.extend(ids("denied-by"));
        for (key, note) in [
            ("upcoming", "it was announced"),
            ("warned-by", "it warned"),
            ("baselined", "it was in the baseline"),
            ("waived", "it was waived"),
        ] {
            self.notes.extend(ids(key).into_iter().map(|id| (id, note)));
        }
        self
    }

    /// What a policy said that did not deny.
    pub(super) fn note(&self, policy: &str) -> Option<&'static str> {
        self.notes.get(policy).copied()
    }

    /// Whether it is known which policies denied.
    pub(super) fn knows_policies(&self) -> bool {
        self.told == Told::Decision
    }
}

/// Whether notes are those that manifestly leaves.
fn is_ours(notes: &Notes<'_>) -> bool {
    let is_digest = |key: &str, length: usize| {
        notes.get(key).is_some_and(|text| {
            text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    is_digest("decision", 12) && is_digest("policies", 64)
}

fn entries<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = (&'n str, &'n str)> {
    let entries = node.get(key).and_then(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((&*entry.key, entry.value.as_str()?)))
}

/// The HTTP status of an event.
pub(super) fn code(event: &Node) -> i64 {
    match event.get("responseStatus").and_then(|status| status.get("code")).map(|code| &code.kind) {
        Some(NodeKind::Integer(code)) => *code,
        _ => 0,
    }
}

/// Whether the request of an event succeeded.
pub(super) fn is_success(event: &Node) -> bool {
    (200..300).contains(&code(event))
}

/// What a status says, in one line: `409 AlreadyExists: pods "web" already exists`.
fn said(status: Option<&Node>) -> Option<String> {
    let status = status?;
    let code = match status.get("code").map(|code| &code.kind) {
        Some(NodeKind::Integer(code)) => code.to_string(),
        _ => String::new(),
    };
    let reason = status.get_str("reason").unwrap_or_default();
    let head: Vec<_> = [&*code, reason].into_iter().filter(|text| !text.is_empty()).collect();
    let message = status.get_str("message").unwrap_or_default();
    let line = message.lines().map(str::trim).find(|line| !line.is_empty());
    let parts = [Some(head.join(" ")).filter(|head| !head.is_empty()), line.map(str::to_owned)];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}
