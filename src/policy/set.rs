//! The policies of a run, ready to be compiled: rules grouped, metadata inherited, ids given.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::manifest::{Node, Resource};
use crate::rego::{Annotation, Module, PolicyError, PolicyErrors, Scope};
use crate::source::{SourceText, Span};

use super::data::Data;
use super::dialect::Dialect;
use super::metadata::{Level, Metadata};
use super::terms::Terms;
use super::{recognise, trivy};

/// One policy: what a rule wants, and what its authors say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Stable name: `custom.id`, else made of package and rule (`main`, `main/run-as-root`).
    pub id: String,
    /// Its rule, as OPA names it: `data.main.deny_run_as_root`.
    pub rule: String,
    /// What its violations ask for.
    pub level: Level,
    /// What its annotations say.
    pub metadata: Metadata,
    /// The file it stands in.
    pub source: Arc<SourceText>,
    /// Where in that file its (first) rule stands.
    pub span: Span,
}

impl Policy {
    /// The line of its (first) rule, from 1.
    pub fn line(&self) -> usize {
        self.source.position(self.span.start).line
    }

    /// The title, or what stands in for one.
    pub fn title(&self) -> &str {
        self.metadata.title.as_deref().unwrap_or(&self.id)
    }
}

/// A rule to ask for: all clauses of one name in one package.
#[derive(Clone, Debug)]
pub struct EntryPoint {
    /// The package's parts, without `data`.
    pub package: Vec<String>,
    /// The rule's name.
    pub rule: String,
    /// Its policies. More than one when its clauses carry metadata of their own.
    pub policies: Vec<Arc<Policy>>,
    /// The clauses that make up each of `policies`, when there is more than one.
    pub clauses: Vec<Vec<ClauseRef>>,
    /// Whether the package has an `exception` rule, as conftest knows it.
    pub has_exceptions: bool,
    /// What its input is: what its metadata says, else what the rules of its package read.
    pub dialect: Dialect,
    /// Which of the set's entry points it is.
    pub(crate) number: usize,
}

/// A clause by its module and its place among the module's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClauseRef {
    /// Which module of the set.
    pub module: usize,
    /// Which rule of the module.
    pub rule: usize,
}

impl EntryPoint {
    /// The rule's name without `deny`, `warn` or `violation`: what an exception names. Empty for a
    /// rule that is called nothing else.
    pub fn short_name(&self) -> &str {
        self.rule.split_once('_').map_or("", |(_, name)| name)
    }

    /// Whether it judges all documents of a run at once.
    pub fn is_combined(&self) -> bool {
        let says = |policy: &Arc<Policy>| policy.metadata.combine == Some(true);
        self.dialect == Dialect::Kubescape || self.policies.iter().any(says)
    }

    /// `input.parameters`, where its metadata has them.
    pub fn parameters(&self) -> Option<&serde_json::Value> {
        self.policies.first()?.metadata.parameters.as_ref()
    }
}

/// All that was loaded: modules, data, and the entry points among the rules.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    /// The parsed files, in the order of their names.
    pub modules: Vec<Module>,
    /// The data documents, merged.
    pub data: Data,
    /// What to ask for, ordered by package and rule.
    pub entry_points: Vec<EntryPoint>,
    /// Gatekeeper's templates and constraints, as they stand in their files.
    pub gatekeeper: Vec<Resource>,
    /// What is said of policies beside their own metadata, which has taken it in already.
    pub(crate) terms: Terms,
}

impl PolicySet {
    /// Groups the rules of `modules` and gives them their metadata.
    ///
    /// # Errors
    ///
    /// Metadata that makes no sense.
    pub fn new(modules: Vec<Module>, data: impl Into<Data>) -> Result<Self, PolicyErrors> {
        let mut groups: BTreeMap<(Vec<String>, String), Vec<ClauseRef>> = BTreeMap::new();
        let mut exceptions = std::collections::BTreeSet::new();
        for (module, parsed) in modules.iter().enumerate() {
            for (rule, clause) in parsed.rules.iter().enumerate() {
                if clause.name == "exception" {
                    exceptions.insert(parsed.package.clone());
                }
                if level_of(&clause.name).is_some() && !clause.is_function {
                    let key = (parsed.package.clone(), clause.name.clone());
                    groups.entry(key).or_default().push(ClauseRef { module, rule });
                }
            }
        }
        let mut errors = Vec::new();
        let mut entry_points = Vec::new();
        let packages = groups.keys().map(|(package, _)| package.as_slice());
        let dialects = recognise::dialects(&modules, packages, is_asked);
        for (((package, rule), clauses), dialect) in groups.into_iter().zip(dialects) {
            let has_exceptions = exceptions.contains(&package);
            match entry_point(&modules, package, rule, clauses) {
                Ok(entry) => entry_points.push(EntryPoint {
                    number: entry_points.len(),
                    dialect: entry.policies[0].metadata.dialect.unwrap_or(dialect),
                    has_exceptions,
                    ..entry
                }),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            let (gatekeeper, terms) = Default::default();
            Ok(Self { modules, data: data.into(), entry_points, gatekeeper, terms })
        } else {
            Err(PolicyErrors(errors))
        }
    }

    /// Says of its policies what they don't say themselves.
    pub(super) fn agree(&mut self, terms: Terms) -> Result<(), PolicyErrors> {
        let mut errors = Vec::new();
        let policies = self.entry_points.iter_mut().flat_map(|entry| &mut entry.policies);
        for policy in policies {
            errors.extend(terms.told(Arc::make_mut(policy)).err());
        }
        self.terms = terms;
        if errors.is_empty() { Ok(()) } else { Err(PolicyErrors(errors)) }
    }

    /// How many policies there are; the rules of one policy count once.
    pub fn count(&self) -> usize {
        let ids: std::collections::BTreeSet<_> = self.policies().map(|policy| &policy.id).collect();
        ids.len()
    }

    /// Whether there are policies in the dialect of Gatekeeper, and a text that says this.
    pub(crate) fn says_of_gatekeeper(&self, what: &str) -> bool {
        self.entry_points.iter().any(|entry| entry.dialect == Dialect::Gatekeeper)
            && self.modules.iter().any(|module| module.source.text().contains(what))
    }

    /// All clauses of an entry point.
    pub fn clauses_of(&self, entry: &EntryPoint) -> Vec<ClauseRef> {
        let modules = self.modules.iter().enumerate();
        let of_package = modules.filter(|(_, module)| module.package == entry.package);
        let clauses = of_package.flat_map(|(module, parsed)| {
            let rules = parsed.rules.iter().enumerate();
            let named =
                rules.filter(|(_, clause)| clause.name == entry.rule && !clause.is_function);
            named.map(move |(rule, _)| ClauseRef { module, rule })
        });
        clauses.collect()
    }

    /// Every policy, in order; one that has both `deny` and `warn` rules stands for each.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.entry_points.iter().flat_map(|entry| &entry.policies)
    }
}

/// Whether a rule is asked for, or decides on what is.
fn is_asked(rule: &str) -> bool {
    rule == "exception" || level_of(rule).is_some()
}

/// The level that a rule's name stands for; `None` for rules that report nothing.
fn level_of(rule: &str) -> Option<Level> {
    let (prefix, rest) = rule.split_once('_').map_or((rule, None), |(p, rest)| (p, Some(rest)));
    let named = rest.is_none_or(|rest| {
        rest.split('_')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    });
    match prefix {
        "deny" | "violation" if named => Some(Level::Deny),
        "warn" if named => Some(Level::Warn),
        _ => None,
    }
}

fn entry_point(
    modules: &[Module],
    package: Vec<String>,
    rule: String,
    clauses: Vec<ClauseRef>,
) -> Result<EntryPoint, PolicyError> {
    let around = inherited(modules, &package, &rule)?;
    let own: Vec<_> = clauses.iter().map(|clause| annotation_of(modules, *clause)).collect();
    let split = clauses.len() > 1 && own.iter().any(Option::is_some);
    let groups: Vec<(Vec<ClauseRef>, Option<&Annotation>)> = if split {
        clauses.iter().map(|clause| vec![*clause]).zip(own).collect()
    } else {
        vec![(clauses, own.first().copied().flatten())]
    };
    let policies: Vec<Arc<Policy>> = groups
        .iter()
        .map(|(clauses, own)| policy(modules, &package, &rule, clauses, &around, *own))
        .collect::<Result<_, _>>()?;
    check_input(&policies)?;
    let clauses = if split { groups.into_iter().map(|(c, _)| c).collect() } else { Vec::new() };
    let (has_exceptions, dialect) = (false, Dialect::default());
    Ok(EntryPoint { package, rule, policies, clauses, has_exceptions, dialect, number: 0 })
}

/// The policies of one rule are asked at once, so their input is one.
fn check_input(policies: &[Arc<Policy>]) -> Result<(), PolicyError> {
    let wrong =
        |message: &str, policy: &Policy| PolicyError::at(message, &policy.source, policy.span);
    let input = |policy: &Policy| {
        let Metadata { dialect, parameters, .. } = &policy.metadata;
        (*dialect, parameters.clone())
    };
    let differs = |policy: &&Arc<Policy>| input(policy) != input(&policies[0]);
    if let Some(other) = policies.iter().find(differs) {
        let message = "another clause of this rule has another `dialect` or other `parameters`";
        return Err(wrong(message, other)
            .with_help("say it above the package, or give the rules names of their own"));
    }
    let is_combined = |policy: &&Arc<Policy>| policy.metadata.combine == Some(true);
    let has_dialect = |policy: &Policy| {
        policy.metadata.dialect.is_some_and(|dialect| dialect != Dialect::Manifest)
    };
    match policies.iter().find(is_combined) {
        Some(policy) if has_dialect(policy) => {
            let message = "a policy over all documents at once has no `dialect`";
            Err(wrong(message, policy).with_help("leave out `combine` or `dialect`"))
        }
        _ => Ok(()),
    }
}

fn policy(
    modules: &[Module],
    package: &[String],
    rule: &str,
    clauses: &[ClauseRef],
    around: &Metadata,
    own: Option<&Annotation>,
) -> Result<Arc<Policy>, PolicyError> {
    let first = clauses[0];
    let module = &modules[first.module];
    let mut metadata = around.clone();
    metadata.id = None;
    if let Some(own) = own {
        metadata.overlay(&own.value, &module.source)?;
    }
    let id = match (metadata.id.take(), &around.id) {
        (Some(own), _) => own,
        // An id given to the package names its plain rule; named rules stand below it.
        (None, Some(package_id)) => below(package_id.clone(), rule),
        (None, None) => below(package.join("/").replace('_', "-"), rule),
    };
    let fallback = level_of(rule).unwrap_or(Level::Deny);
    Ok(Arc::new(Policy {
        id,
        rule: query(package, rule),
        level: metadata.level.unwrap_or(fallback),
        metadata,
        source: Arc::clone(&module.source),
        span: module.rules[first.rule].name_span,
    }))
}

fn below(package: String, rule: &str) -> String {
    match rule.split_once('_') {
        None => package,
        Some((_, name)) => format!("{package}/{}", name.replace('_', "-")),
    }
}

/// A rule's full reference: dots where the parts are plain names, brackets where not.
fn query(package: &[String], rule: &str) -> String {
    let plain = |part: &str| {
        !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut query = String::from("data");
    for part in package.iter().map(String::as_str).chain([rule]) {
        if plain(part) {
            query.push('.');
            query.push_str(part);
        } else {
            query.push_str(&format!("[{}]", serde_json::Value::from(part)));
        }
    }
    query
}

fn annotation_of(modules: &[Module], clause: ClauseRef) -> Option<&Annotation> {
    modules[clause.module]
        .annotations
        .iter()
        .find(|annotation| annotation.scope == Scope::Rule && annotation.rule == Some(clause.rule))
}

/// What reaches every clause of a rule: subpackages from the outside in, package, document.
fn inherited(modules: &[Module], package: &[String], rule: &str) -> Result<Metadata, PolicyError> {
    let of_package = modules.iter().filter(|module| package == module.package);
    let ruled: Vec<_> = of_package.filter_map(|m| Some((trivy::told_by_rules(m)?, m))).collect();
    let mut layers: Vec<(usize, &Node, &Arc<SourceText>)> =
        ruled.iter().map(|(told, module)| (999, told, &module.source)).collect();
    for module in modules {
        for annotation in &module.annotations {
            let depth = match annotation.scope {
                Scope::Subpackages if package.starts_with(&module.package) => module.package.len(),
                Scope::Package if package == module.package => 1000,
                Scope::Document if package == module.package => {
                    let named = annotation.rule.map(|rule| module.rules[rule].name.as_str());
                    if named != Some(rule) {
                        continue;
                    }
                    1001
                }
                _ => continue,
            };
            layers.push((depth, &annotation.value, &module.source));
        }
    }
    layers.sort_by_key(|(depth, _, source)| (*depth, source.name().to_owned()));
    let mut metadata = Metadata::default();
    for (_, value, source) in layers {
        metadata.overlay(value, source)?;
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rego::{PolicyLimits, VersionChoice, parse};

    fn set(files: &[(&str, &str)]) -> PolicySet {
        let parsed = |(name, text): &(&str, &str)| {
            let source = Arc::new(SourceText::new(*name, *text));
            parse(&source, VersionChoice::Auto, &PolicyLimits::default()).unwrap()
        };
        PolicySet::new(files.iter().map(parsed).collect(), serde_json::Map::new()).unwrap()
    }

    #[test]
    fn rule_names_say_the_level() {
        for (rule, level) in [
            ("deny", Some(Level::Deny)),
            ("deny_run_as_root", Some(Level::Deny)),
            ("violation", Some(Level::Deny)),
            ("warn_2", Some(Level::Warn)),
            ("denylist", None),
            ("deny_", None),
            ("warning", None),
        ] {
            assert_eq!(level_of(rule), level, "{rule}");
        }
    }

    #[test]
    fn ids_come_from_package_and_rule_unless_given() {
        let set = set(&[
            ("a.rego", "package main\ndeny contains 1 if true\nwarn_old_api contains 1 if true"),
            (
                "b.rego",
                "# METADATA\n# custom: {id: org/b}\npackage b\ndeny contains 1 if true\ndeny_x contains 1 if true",
            ),
            ("c.rego", "package c\n# METADATA\n# custom: {id: org/c}\ndeny contains 1 if true"),
        ]);
        let ids: Vec<_> = set.policies().map(|p| (p.id.as_str(), p.rule.as_str())).collect();
        assert_eq!(
            ids,
            [
                ("org/b", "data.b.deny"),
                ("org/b/x", "data.b.deny_x"),
                ("org/c", "data.c.deny"),
                ("main", "data.main.deny"),
                ("main/old-api", "data.main.warn_old_api"),
            ]
        );
    }

    #[test]
    fn metadata_is_inherited_from_the_outside_in() {
        let set = set(&[
            (
                "org.rego",
                "# METADATA\n# scope: subpackages\n# custom: {owner: org, contact: \"#org\", severity: low}\npackage org",
            ),
            (
                "p.rego",
                "# METADATA\n# title: whole\n# custom: {owner: team}\npackage org.p\n\n# METADATA\n# title: one\ndeny contains 1 if true\n\n# METADATA\n# title: two\n# custom: {severity: high, id: two}\ndeny contains 2 if true\n",
            ),
        ]);
        let entry = &set.entry_points[0];
        assert_eq!(entry.clauses.len(), 2);
        let one = &entry.policies[0];
        assert_eq!((one.id.as_str(), one.title(), one.line()), ("org/p", "one", 8));
        assert_eq!(one.metadata.owner.as_deref(), Some("team"));
        assert_eq!(one.metadata.contact.as_deref(), Some("#org"));
        assert_eq!(one.metadata.severity, Some(crate::policy::Severity::Low));
        let two = &entry.policies[1];
        assert_eq!((two.id.as_str(), two.title(), two.line()), ("two", "two", 13));
        assert_eq!(two.metadata.severity, Some(crate::policy::Severity::High));
    }

    #[test]
    fn package_names_that_are_no_identifiers_are_bracketed() {
        assert_eq!(query(&["a".into(), "b-c".into()], "deny"), "data.a[\"b-c\"].deny");
    }
}
