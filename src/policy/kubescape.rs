//! Rules as Kubescape keeps them: a folder each, all of one package, with what is known of a rule
//! in a file beside it.

use std::path::Path;
use std::sync::Arc;

use crate::manifest::{self, Entry, Format, Node, ReadLimits};
use crate::rego::ast::{Term, TermKind};
use crate::rego::visit::{self, Visitor};
use crate::rego::{Annotation, Module, Scope};
use crate::source::{SourceText, Span};

/// The package of all rules.
const PACKAGE: &str = "armo_builtins";

/// What is known of the rule in a folder.
pub(super) const METADATA: &str = "rule.metadata.json";

/// The key under which a rule's metadata says how its input is put together.
const AGGREGATOR: &str = "resourcesAggregator";

/// Whether a file of a rule's folder is none of the rule: what counts its resources, and its tests.
pub(super) fn is_beside_a_rule(file: &Path) -> bool {
    if file.file_name().is_some_and(|name| name == "filter.rego") {
        return file.with_file_name("raw.rego").is_file();
    }
    let is_tests = |folder: &Path| {
        folder.file_name().is_some_and(|name| name == "test")
            && folder.with_file_name(METADATA).is_file()
    };
    file.ancestors().skip(1).any(is_tests)
}

/// Gives each rule a package of its own, and the metadata that stand beside it. Kubescape evaluates
/// each alone, so that helpers of two rules may share a name.
pub(super) fn part(modules: &mut Vec<Module>, metadata: &[Arc<SourceText>]) {
    let folder = |source: &SourceText| Path::new(source.name()).parent().map(Path::to_owned);
    modules.retain_mut(|module| {
        if module.package != [PACKAGE] {
            return true;
        }
        let own = folder(&module.source);
        let beside = metadata.iter().find(|text| folder(text) == own);
        let is_rule = beside.is_some() || Path::new(module.source.name()).ends_with("raw.rego");
        let Some(name) = own.as_deref().and_then(Path::file_name).filter(|_| is_rule) else {
            return true;
        };
        let name = name.to_string_lossy().into_owned();
        Arc::make_mut(&mut module.syntax).package.push(name.as_str().into());
        module.package.push(name);
        let Some(told) = beside.and_then(read) else { return true };
        if is_of_the_past(&told) {
            return false;
        }
        let value = annotation(&told);
        module.annotations.push(Annotation { scope: Scope::Package, value, rule: None });
        true
    });
}

fn read(text: &Arc<SourceText>) -> Option<Node> {
    let reading = manifest::read(text, Format::Json, &ReadLimits::default());
    reading.manifests.into_iter().next().map(|document| document.root)
}

/// Whether present versions of Kubescape don't use a rule any more.
fn is_of_the_past(told: &Node) -> bool {
    told.get("attributes").is_some_and(|it| it.get("useUntilKubescapeVersion").is_some())
}

/// What is known of a rule, as an annotation would say it.
fn annotation(told: &Node) -> Node {
    let entry = |key: &str, value: Node| Entry { key: key.into(), key_span: value.span, value };
    let said =
        |key: &str| told.get(key).filter(|value| value.as_str().is_some_and(|t| !t.is_empty()));
    let mut custom = vec![entry("dialect", Node::string(Span::default(), "kubescape"))];
    custom.extend(said("name").map(|name| entry("id", name.clone())));
    custom.extend(said("remediation").map(|help| entry("help", help.clone())));
    let aggregator = told.get("attributes").and_then(|it| it.get(AGGREGATOR));
    custom.extend(aggregator.map(|aggregator| entry(AGGREGATOR, aggregator.clone())));
    let kinds = kinds(told);
    if !kinds.is_empty() {
        custom.push(entry("kinds", Node::sequence(Span::default(), kinds)));
    }
    let mut entries = vec![entry("custom", Node::mapping(Span::default(), custom))];
    entries.extend(said("description").map(|title| entry("title", title.clone())));
    Node::mapping(Span::default(), entries)
}

/// The kinds that a rule matches.
fn kinds(told: &Node) -> Vec<Node> {
    let texts = |node: &Node, key: &str| -> Vec<String> {
        let items = node.get(key).and_then(Node::items).unwrap_or_default();
        items.iter().filter_map(Node::as_str).map(str::to_owned).collect()
    };
    let mut kinds = Vec::new();
    let matches = ["match", "dynamicMatch"].into_iter().filter_map(|key| told.get(key)?.items());
    for matched in matches.flatten() {
        for group in texts(matched, "apiGroups") {
            for kind in texts(matched, "resources") {
                kinds.push(match group.as_str() {
                    "*" => kind,
                    "" => format!("core/{kind}"),
                    group => format!("{group}/{kind}"),
                });
            }
        }
    }
    kinds.sort();
    kinds.dedup();
    kinds.into_iter().map(|kind| Node::string(Span::default(), kind)).collect()
}

/// The data that rules read, in the file in which Kubescape keeps its configuration.
pub(super) fn settings(root: &Node) -> Option<Node> {
    let settings = root.get("settings")?;
    settings.get("postureControlInputs").is_some().then(|| settings.clone())
}

/// Whether a module makes alerts, as Kubescape's rules do.
pub(super) fn alerts(module: &Module) -> bool {
    if !module.source.text().contains("alertObject") {
        return false;
    }
    let mut search = Search { found: false };
    module.syntax.rules.iter().for_each(|rule| visit::rule(&mut search, rule));
    search.found
}

struct Search {
    found: bool,
}

impl Visitor for Search {
    fn term(&mut self, seen: &Term) {
        if let TermKind::Object(fields) = &seen.kind {
            let is_alert = |(key, _): &(Term, Term)| {
                key.as_string().is_some_and(|key| &**key == "alertObject")
            };
            self.found |= fields.iter().any(is_alert);
        }
        visit::term(self, seen);
    }
}

/// Whether the input of a rule is not resources but subjects, each with its roles and bindings.
pub(crate) fn is_about_subjects(metadata: &super::Metadata) -> bool {
    metadata.others.get(AGGREGATOR).is_some_and(|it| it == "subject-role-rolebinding")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Dialect, PolicySet};
    use crate::rego::{PolicyLimits, VersionChoice, parse};

    fn module(name: &str) -> Module {
        let text =
            "package armo_builtins\ndeny[a] { a := {\"alertObject\": {}}; f(1) }\nf(1) { true }\n";
        let source = Arc::new(SourceText::new(name, text));
        parse(&source, VersionChoice::Auto, &PolicyLimits::default()).unwrap()
    }

    #[test]
    fn each_folder_is_a_rule_of_its_own() {
        let names = ["rules/a/raw.rego", "rules/b-c/raw.rego", "rules/old/raw.rego", "flat.rego"];
        let mut modules: Vec<_> = names.into_iter().map(module).collect();
        let metadata = [
            (
                "rules/b-c/rule.metadata.json",
                r#"{"name": "b-c", "description": "finds c", "remediation": "",
                    "match": [{"apiGroups": ["", "apps"], "resources": ["Pod"]}]}"#,
            ),
            (
                "rules/old/rule.metadata.json",
                r#"{"name": "old", "attributes": {"useUntilKubescapeVersion": "v1"}}"#,
            ),
        ];
        let metadata = metadata.map(|(name, text)| Arc::new(SourceText::new(name, text)));
        part(&mut modules, &metadata);
        let set = PolicySet::new(modules, serde_json::Map::new()).unwrap();
        let told: Vec<_> = set
            .entry_points
            .iter()
            .map(|entry| (entry.policies[0].id.as_str(), entry.policies[0].title(), entry.dialect))
            .collect();
        assert_eq!(
            told,
            [
                ("armo-builtins", "armo-builtins", Dialect::Kubescape),
                ("armo-builtins/a", "armo-builtins/a", Dialect::Kubescape),
                ("b-c", "finds c", Dialect::Kubescape),
            ]
        );
        let kinds: Vec<_> = set.entry_points[2].policies[0]
            .metadata
            .kinds
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(kinds, ["apps/Pod", "core/Pod"]);
    }
}
