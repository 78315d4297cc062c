//! What Trivy's checks say of themselves in ways of their own: what they are written for, and
//! metadata as rules.

use crate::manifest::{Entry, Node, NodeKind};
use crate::rego::Module;
use crate::rego::ast::{HeadKind, Term, TermKind};

use super::metadata::{KindPattern, Severity};

/// What a manifest is among Trivy's kinds of inputs.
const MANIFESTS: [&str; 4] = ["kubernetes", "rbac", "yaml", "json"];

/// What a module is written for, if that is no manifest: Dockerfiles, say.
pub(super) fn other_inputs(module: &Module) -> Option<Vec<String>> {
    let above_package = module.annotations.iter().filter(|annotation| annotation.rule.is_none());
    let told =
        above_package.map(|annotation| annotation.value.clone()).chain(told_by_rules(module));
    let selectors: Vec<_> = told.flat_map(|told| selectors(&told).to_vec()).collect();
    let types: Vec<_> = selectors.iter().filter_map(|selector| selector.get_str("type")).collect();
    let is_other = !types.is_empty() && !types.iter().any(|kind| MANIFESTS.contains(kind));
    is_other.then(|| types.into_iter().map(str::to_owned).collect())
}

/// What the rules `__rego_metadata__` and `__rego_input__` say, as it would stand in an annotation.
pub(super) fn told_by_rules(module: &Module) -> Option<Node> {
    let value = |name: &str| {
        let mut rules = module.syntax.rules.iter();
        let rule = rules.find(|rule| &*rule.head.name == name && rule.head.path.is_empty())?;
        match &rule.head.kind {
            HeadKind::Value(Some(term)) => constant(term),
            _ => None,
        }
    };
    let metadata = value("__rego_metadata__");
    let input = value("__rego_input__");
    if metadata.is_none() && input.is_none() {
        return None;
    }
    let span = metadata.as_ref().or(input.as_ref())?.span;
    let entry = |key: &str, value: Node| Entry { key: key.into(), key_span: value.span, value };
    let said = |key: &str| Some(entry(key, metadata.as_ref()?.get(key)?.clone()));
    let is_known = |entry: &Entry| {
        &*entry.key != "severity" || entry.value.as_str().and_then(Severity::parse).is_some()
    };
    let custom = ["id", "severity", "recommended_action", "recommended_actions"].map(said);
    let custom = custom.into_iter().flatten().filter(is_known);
    let custom = custom.chain(input.map(|input| entry("input", input))).collect();
    let links: Vec<_> = ["url", "references"]
        .into_iter()
        .filter_map(|key| metadata.as_ref()?.get(key))
        .flat_map(|links| match links.items() {
            Some(items) => items.to_vec(),
            None => vec![links.clone()],
        })
        .collect();
    let mut entries: Vec<_> = ["title", "description"].into_iter().filter_map(said).collect();
    entries.push(entry("custom", Node::mapping(span, custom)));
    if !links.is_empty() {
        entries.push(entry("related_resources", Node::sequence(span, links)));
    }
    Some(Node::mapping(span, entries))
}

/// The value of a term that is written out.
fn constant(term: &Term) -> Option<Node> {
    let kind = match &term.kind {
        TermKind::Null => NodeKind::Null,
        TermKind::Bool(value) => NodeKind::Bool(*value),
        TermKind::Number(text) => match text.parse() {
            Ok(integer) => NodeKind::Integer(integer),
            Err(_) => NodeKind::Float(text.parse().ok()?),
        },
        TermKind::String(text) => NodeKind::String(text.clone()),
        TermKind::Array(items) | TermKind::Set(items) => {
            NodeKind::Sequence(items.iter().map(constant).collect::<Option<_>>()?)
        }
        TermKind::Object(fields) => {
            let entry = |(key, value): &(Term, Term)| {
                let (key, key_span) = (key.as_string()?.clone(), key.span);
                Some(Entry { key, key_span, value: constant(value)? })
            };
            NodeKind::Mapping(fields.iter().map(entry).collect::<Option<_>>()?)
        }
        _ => return None,
    };
    Some(Node::new(term.span, kind))
}

fn selectors(told: &Node) -> &[Node] {
    let input = told.get("custom").and_then(|custom| custom.get("input"));
    input.and_then(|input| input.get("selector")).and_then(Node::items).unwrap_or_default()
}

/// Whether an annotation asks for all documents at once.
pub(super) fn combines(told: &Node) -> Option<bool> {
    match told.get("custom")?.get("input")?.get("combine")?.kind {
        NodeKind::Bool(combine) => Some(combine),
        _ => None,
    }
}

/// The kinds of manifests that an annotation selects; none for all of them.
pub(super) fn kinds(told: &Node) -> Option<Vec<KindPattern>> {
    let is_manifest =
        |selector: &&Node| selector.get_str("type").is_some_and(|kind| MANIFESTS.contains(&kind));
    let mut kinds = Vec::new();
    for selector in selectors(told).iter().filter(is_manifest) {
        // A selector without kinds selects every one.
        let subtypes = selector.get("subtypes").and_then(Node::items)?;
        for subtype in subtypes {
            let kind = subtype.get_str("kind")?.to_owned();
            kinds.push(KindPattern { group: subtype.get_str("group").map(str::to_owned), kind });
        }
    }
    (!kinds.is_empty()).then_some(kinds)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::manifest::ResourceId;
    use crate::policy::PolicySet;
    use crate::rego::{PolicyLimits, VersionChoice, parse};
    use crate::source::SourceText;

    fn module(text: &str) -> Module {
        let source = Arc::new(SourceText::new("p.rego", text));
        parse(&source, VersionChoice::Auto, &PolicyLimits::default()).unwrap()
    }

    #[test]
    fn selectors_say_what_a_check_is_written_for() {
        let other = |selector: &str| {
            let text = format!(
                "# METADATA\n# custom:\n#   input:\n#     selector: {selector}\npackage p\n"
            );
            other_inputs(&module(&text)).is_some()
        };
        assert!(other("[{type: dockerfile}]"));
        assert!(!other("[{type: cloud}, {type: kubernetes}]"));
        assert!(!other("[]"));
        let ruled = "package p\n__rego_input__ := {\"selector\": [{\"type\": \"terraform\"}]}\n";
        assert_eq!(other_inputs(&module(ruled)), Some(vec!["terraform".to_owned()]));
        assert_eq!(other_inputs(&module("package p\n")), None);
    }

    #[test]
    fn kinds_are_selected_in_any_case_and_without_their_templates() {
        let text = "# METADATA\n# custom:\n#   id: KSV-1\n#   recommended_action: Do.\n#   input:\n\
                    #     selector: [{type: kubernetes, subtypes: [{kind: pod}, {kind: cronjob}]}]\n\
                    package p\ndeny contains 1 if input.spec\n";
        let set = PolicySet::new(vec![module(text)], serde_json::Map::new()).unwrap();
        let metadata = &set.entry_points[0].policies[0].metadata;
        let id = |kind: &str| ResourceId { kind: kind.into(), ..ResourceId::default() };
        assert!(metadata.applies_to(&id("Pod")) && metadata.applies_to(&id("CronJob")));
        assert!(!metadata.applies_to(&id("Service")));
        assert!(!metadata.applies_to_pod_templates());
        assert_eq!(metadata.help.as_deref(), Some("Do."));
    }

    #[test]
    fn metadata_may_be_a_rule() {
        let text = "package p\n\n__rego_metadata__ := {\n\t\"id\": \"KSV-2\", \"title\": \"t\",\n\t\
                    \"severity\": \"UNKNOWN\", \"url\": \"https://example.com\",\n\t\
                    \"recommended_actions\": \"Do.\",\n}\n\n\
                    __rego_input__ := {\"combine\": true, \"selector\": [{\"type\": \"yaml\"}]}\n\n\
                    deny[msg] { msg := \"x\" }\n";
        let set = PolicySet::new(vec![module(text)], serde_json::Map::new()).unwrap();
        let policy = &set.entry_points[0].policies[0];
        assert_eq!((policy.id.as_str(), policy.title()), ("KSV-2", "t"));
        assert_eq!(policy.metadata.severity, None);
        assert_eq!(policy.metadata.help.as_deref(), Some("Do."));
        assert_eq!(policy.metadata.links[0].url, "https://example.com");
        assert!(set.entry_points[0].is_combined());
    }
}
