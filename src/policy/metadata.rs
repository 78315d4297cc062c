//! What a policy says of itself, gathered from the annotations that reach it.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::manifest::{Entry, Node, ResourceId};
use crate::rego::PolicyError;
use crate::source::{SourceText, Span};

use super::dialect::Dialect;
use super::rollout::{Rollout, WaiverTerms, date};
use super::trivy;

/// How bad a violation is. Does not decide whether it blocks: the level does.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth mending some day.
    Low,
    /// Worth mending soon.
    Medium,
    /// Dangerous or sure to break.
    High,
    /// An open door.
    Critical,
}

impl Severity {
    /// Reads a severity's name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "info" => Self::Info,
            "low" => Self::Low,
            "medium" | "moderate" | "warning" => Self::Medium,
            "high" | "error" => Self::High,
            "critical" => Self::Critical,
            _ => return None,
        })
    }

    /// The severity's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a rule's results ask for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Said, nothing more.
    Info,
    /// Should be mended (`warn` rules).
    Warn,
    /// Must be mended (`deny` and `violation` rules).
    Deny,
}

impl Level {
    /// The level's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Info, Self::Warn, Self::Deny].into_iter().find(|level| level.as_str() == name)
    }
}

/// A kind that a policy looks at: `Pod`, or with its API group `apps/Deployment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindPattern {
    /// The group, where the pattern names one. The core group is empty or `core`.
    pub group: Option<String>,
    /// The kind, or `*`.
    pub kind: String,
}

impl KindPattern {
    pub(crate) fn parse(text: &str) -> Self {
        match text.rsplit_once('/') {
            None => Self { group: None, kind: text.to_owned() },
            Some((group, kind)) => {
                // `apps/v1/Deployment` names the version too, which matters to no policy here.
                let group = group.split('/').next().unwrap_or(group);
                let group = if matches!(group, "core" | "v1") { "" } else { group };
                Self { group: Some(group.to_owned()), kind: kind.to_owned() }
            }
        }
    }

    /// Whether a resource is of this kind. One in small letters, which no kind is, stands for any
    /// case.
    pub fn matches(&self, id: &ResourceId) -> bool {
        let is_small = || !self.kind.contains(|c: char| c.is_ascii_uppercase());
        let is_kind = self.kind == "*"
            || self.kind == id.kind
            || self.kind.eq_ignore_ascii_case(&id.kind) && is_small();
        is_kind && self.group.as_deref().is_none_or(|group| group == id.group())
    }

    pub(crate) fn matches_pod(&self) -> bool {
        self.kind == "Pod" && self.group.as_deref().is_none_or(str::is_empty)
    }
}

impl fmt::Display for KindPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group.as_deref() {
            None => f.write_str(&self.kind),
            Some("") => write!(f, "core/{}", self.kind),
            Some(group) => write!(f, "{group}/{}", self.kind),
        }
    }
}

/// Where to read more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The address.
    pub url: String,
    /// What is there, if the policy says.
    pub description: Option<String>,
}

/// Everything that annotations say of a policy. All of it is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// `custom.id`, and whether it was given to the rule itself or to the package around it.
    pub id: Option<String>,
    /// One line that says what is wanted.
    pub title: Option<String>,
    /// More of it.
    pub description: Option<String>,
    /// Why it matters to the one who reads the finding.
    pub why: Option<String>,
    /// How to fix a violation.
    pub help: Option<String>,
    /// How bad a violation is.
    pub severity: Option<Severity>,
    /// A level other than the rule's name says.
    pub level: Option<Level>,
    /// Who decided it.
    pub owner: Option<String>,
    /// Where to talk to them.
    pub contact: Option<String>,
    /// The version that brought it.
    pub since: Option<String>,
    /// Where to read more.
    pub links: Vec<Link>,
    /// The kinds it looks at; empty for all.
    pub kinds: Vec<KindPattern>,
    /// Whether a policy for Pods also judges pod templates. It does unless it says no.
    pub pod_templates: Option<bool>,
    /// Whether its input is all the run's documents at once.
    pub combine: Option<bool>,
    /// Whether its fixes may be made while an object is admitted.
    pub mutate: Option<bool>,
    /// What its input is, where that is said.
    pub dialect: Option<Dialect>,
    /// `input.parameters`, for a policy that is written as for Gatekeeper.
    pub parameters: Option<serde_json::Value>,
    /// When it counts.
    pub rollout: Rollout,
    /// Which exceptions it grants.
    pub waiver: WaiverTerms,
    /// What else stands under `custom`.
    pub others: serde_json::Map<String, serde_json::Value>,
}

/// The keys under `custom` that have a meaning.
const CUSTOM: [&str; 18] = [
    "id",
    "why",
    "help",
    "owner",
    "contact",
    "since",
    "severity",
    "level",
    "pod_templates",
    "combine",
    "mutate",
    "dialect",
    "parameters",
    "rollout",
    "waiver",
    "kinds",
    "recommended_action",
    "recommended_actions",
];

impl Metadata {
    /// Puts `value`'s statements over what is already known. An unreadable one is an error.
    pub(crate) fn overlay(
        &mut self,
        value: &Node,
        source: &Arc<SourceText>,
    ) -> Result<(), PolicyError> {
        let reader = Reader { source };
        let custom = value.get("custom");
        let from_custom = |key: &str| custom.and_then(|custom| custom.get(key));
        // The keys of OPA stand at the top, ours under `custom`; either place will do for ours.
        let field = |key: &str| from_custom(key).or_else(|| value.get(key));
        set(&mut self.title, reader.text(value.get("title"))?);
        set(&mut self.description, reader.text(value.get("description"))?);
        set(&mut self.id, reader.text(from_custom("id"))?);
        set(&mut self.why, reader.text(field("why"))?);
        let help = ["help", "recommended_action", "recommended_actions"];
        set(&mut self.help, reader.text(help.into_iter().find_map(field))?);
        set(&mut self.owner, reader.text(field("owner"))?);
        set(&mut self.contact, reader.text(field("contact"))?);
        set(&mut self.since, reader.text(field("since"))?);
        set(&mut self.severity, reader.name(field("severity"), Severity::parse, SEVERITIES)?);
        set(&mut self.level, reader.name(from_custom("level"), Level::parse, LEVELS)?);
        set(&mut self.pod_templates, reader.flag(from_custom("pod_templates"))?);
        set(&mut self.combine, trivy::combines(value));
        set(&mut self.combine, reader.flag(from_custom("combine"))?);
        set(&mut self.mutate, reader.flag(from_custom("mutate"))?);
        set(&mut self.dialect, reader.name(from_custom("dialect"), Dialect::parse, DIALECTS)?);
        set(&mut self.parameters, reader.map(from_custom("parameters"))?);
        if let Some(rollout) = from_custom("rollout") {
            self.rollout = reader.rollout(rollout)?.over(self.rollout);
            if let Some(disorder) = self.rollout.disorder() {
                return reader.wrong(&disorder.to_string(), rollout.span);
            }
        }
        if let Some(waiver) = from_custom("waiver") {
            reader.waiver(waiver, &mut self.waiver)?;
        }
        if let Some(kinds) = trivy::kinds(value) {
            self.kinds = kinds;
        }
        if let Some(kinds) = from_custom("kinds") {
            self.kinds = reader.list(kinds)?.iter().map(|kind| KindPattern::parse(kind)).collect();
        }
        if let Some(links) = value.get("related_resources").and_then(Node::items) {
            self.links = links.iter().filter_map(link).collect();
        }
        if self.owner.is_none() {
            self.owner = people(value);
        }
        for entry in custom.and_then(Node::entries).unwrap_or_default() {
            if !CUSTOM.contains(&&*entry.key) {
                self.others.insert(entry.key.to_string(), (&entry.value).into());
            }
        }
        Ok(())
    }

    /// Whether a resource of this kind is judged; policies without `kinds` judge every one.
    pub fn applies_to(&self, id: &ResourceId) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.matches(id))
    }

    /// Whether the pods that a controller will make are judged.
    pub fn applies_to_pod_templates(&self) -> bool {
        self.pod_templates != Some(false) && self.kinds.iter().any(KindPattern::matches_pod)
    }
}

fn set<T>(slot: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *slot = value;
    }
}

fn link(node: &Node) -> Option<Link> {
    if let Some(url) = node.as_str() {
        return Some(Link { url: url.to_owned(), description: None });
    }
    let text = |key: &str| node.get_str(key).map(str::to_owned);
    Some(Link { url: text("ref")?, description: text("description") })
}

/// The organisations, else the authors, as the owner where none is named.
fn people(value: &Node) -> Option<String> {
    let names = |key: &str| -> Option<Vec<&str>> {
        let items = value.get(key)?.items()?;
        Some(items.iter().filter_map(|i| i.as_str().or_else(|| i.get_str("name"))).collect())
    };
    let found = names("organizations").or_else(|| names("authors"))?;
    (!found.is_empty()).then(|| found.join(", "))
}

const SEVERITIES: &str = "severity: they are critical, high, medium, low and info";
const DIALECTS: &str = "dialect: they are manifest, gatekeeper, admission and kubescape";
const LEVELS: &str = "level: they are deny, warn and info";
const DATES: &str = "date: it is written as in 2026-12-31";

struct Reader<'s> {
    source: &'s Arc<SourceText>,
}

impl Reader<'_> {
    fn wrong<T>(&self, message: &str, span: Span) -> Result<T, PolicyError> {
        Err(PolicyError::at(message, self.source, span))
    }

    fn text(&self, node: Option<&Node>) -> Result<Option<String>, PolicyError> {
        let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(None) };
        match serde_json::Value::from(node) {
            serde_json::Value::String(text) => Ok(Some(text.trim_end().to_owned())),
            value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => {
                Ok(Some(value.to_string()))
            }
            _ => self.wrong("the metadata should have text here", node.span),
        }
    }

    fn map(&self, node: Option<&Node>) -> Result<Option<serde_json::Value>, PolicyError> {
        match node.filter(|node| !node.is_null()) {
            None => Ok(None),
            Some(node) if node.entries().is_some() => Ok(Some(node.into())),
            Some(node) => self.wrong("the metadata should have a map here", node.span),
        }
    }

    fn flag(&self, node: Option<&Node>) -> Result<Option<bool>, PolicyError> {
        match node.map(|node| (node.span, serde_json::Value::from(node))) {
            None => Ok(None),
            Some((_, serde_json::Value::Bool(flag))) => Ok(Some(flag)),
            Some((span, _)) => self.wrong("the metadata should have true or false here", span),
        }
    }

    fn name<T>(
        &self,
        node: Option<&Node>,
        parse: impl Fn(&str) -> Option<T>,
        what: &str,
    ) -> Result<Option<T>, PolicyError> {
        let Some(node) = node else { return Ok(None) };
        match node.as_str().and_then(parse) {
            Some(value) => Ok(Some(value)),
            None => self.wrong(&format!("this is no {what}"), node.span),
        }
    }

    /// The entries of a map that may have these keys and no others.
    fn only<'n>(&self, node: &'n Node, keys: &[&str]) -> Result<&'n [Entry], PolicyError> {
        let Some(entries) = node.entries() else {
            return self.wrong("the metadata should have a map here", node.span);
        };
        match entries.iter().find(|entry| !keys.contains(&&*entry.key)) {
            None => Ok(entries),
            Some(entry) => {
                let error = PolicyError::at(
                    format!("there is no `{}` here", entry.key),
                    self.source,
                    entry.key_span,
                );
                Err(error.with_help(format!("there are: {}", keys.join(", "))))
            }
        }
    }

    fn rollout(&self, node: &Node) -> Result<Rollout, PolicyError> {
        let mut rollout = Rollout::default();
        for entry in self.only(node, &["announced", "warn_from", "enforce_from"])? {
            let slot = match &*entry.key {
                "announced" => &mut rollout.announced,
                "warn_from" => &mut rollout.warn_from,
                _ => &mut rollout.enforce_from,
            };
            *slot = self.name(Some(&entry.value), date, DATES)?;
        }
        Ok(rollout)
    }

    fn waiver(&self, node: &Node, terms: &mut WaiverTerms) -> Result<(), PolicyError> {
        for entry in self.only(node, &["allowed", "max_days", "approvers"])? {
            let value = &entry.value;
            match &*entry.key {
                "allowed" => terms.allowed = self.flag(Some(value))?,
                "approvers" => terms.approvers = self.list(value)?,
                _ => {
                    let days = serde_json::Value::from(value).as_u64();
                    let days = days.and_then(|days| u32::try_from(days).ok());
                    match days.filter(|days| *days > 0) {
                        Some(days) => terms.max_days = Some(days),
                        None => return self.wrong("this is no number of days", value.span),
                    }
                }
            }
        }
        Ok(())
    }

    fn list(&self, node: &Node) -> Result<Vec<String>, PolicyError> {
        if let Some(one) = node.as_str() {
            return Ok(vec![one.to_owned()]);
        }
        let Some(items) = node.items() else {
            return self.wrong("the metadata should have a list of names here", node.span);
        };
        items
            .iter()
            .map(|item| match item.as_str() {
                Some(text) => Ok(text.to_owned()),
                None => self.wrong("the metadata should have a name here", item.span),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(api_version: &str, kind: &str) -> ResourceId {
        ResourceId { api_version: api_version.into(), kind: kind.into(), ..ResourceId::default() }
    }

    #[test]
    fn kinds_match_with_or_without_their_group() {
        let matches = |pattern, api, kind| KindPattern::parse(pattern).matches(&id(api, kind));
        assert!(matches("Deployment", "apps/v1", "Deployment"));
        assert!(matches("apps/Deployment", "apps/v1", "Deployment"));
        assert!(matches("apps/v1/Deployment", "apps/v1", "Deployment"));
        assert!(!matches("apps/Deployment", "other/v1", "Deployment"));
        assert!(matches("core/Pod", "v1", "Pod"));
        assert!(matches("v1/Pod", "v1", "Pod"));
        assert!(matches("*", "v1", "Pod"));
        assert!(matches("cronjob", "batch/v1", "CronJob"));
        assert!(!matches("Cronjob", "batch/v1", "CronJob"));
    }
}
