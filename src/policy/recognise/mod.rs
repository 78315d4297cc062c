//! Recognising the dialect of a package by what its rules read.
//!
//! Rules are followed into the helpers that they ask for, in any package, and an input that is
//! handed to a function into what that reads of it. What can't be seen in the text, such as a key
//! that is worked out, counts for nothing.

mod walk;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use crate::manifest::REQUEST_FIELDS;
use crate::rego::Module;

use super::dialect::Dialect;
use super::kubescape;

/// The keys at the top of inputs that are about requests.
const OF_REQUESTS: [&str; 6] =
    ["request", "response", "apiVersion", "kind", "review", "parameters"];

/// A rule by its module and its place in there, and which of its parameters are the input.
type Asked = (usize, usize, Vec<usize>);

/// The dialects of packages, by what those of their rules read that `is_asked` names.
pub(super) fn dialects<'p>(
    modules: &[Module],
    packages: impl Iterator<Item = &'p [String]>,
    is_asked: fn(&str) -> bool,
) -> Vec<Dialect> {
    // Where no text speaks of requests, there is nothing to look for.
    let speaks = |module: &Module| {
        let text = module.source.text();
        ["request", "review", "alertObject"].into_iter().any(|word| text.contains(word))
    };
    if !modules.iter().any(speaks) {
        return packages.map(|_| Dialect::Manifest).collect();
    }
    crate::stack::deep(|| {
        let mut recogniser = Recogniser::new(modules);
        packages.map(|package| recogniser.dialect(package, is_asked)).collect()
    })
}

/// Tells the dialects of packages. What is found in a rule is kept for the next package that asks
/// for it.
struct Recogniser<'m> {
    modules: &'m [Module],
    /// By their paths, the rules of all modules.
    rules: BTreeMap<Vec<&'m str>, Vec<(usize, usize)>>,
    /// What rules are called.
    names: HashSet<&'m str>,
    known: HashMap<Asked, Found>,
}

/// What stands in a rule.
#[derive(Default)]
struct Found {
    reads: Reads,
    asks: Vec<Asked>,
}

/// What rules read of their input.
#[derive(Default)]
struct Reads {
    /// The keys at its top.
    keys: BTreeSet<Arc<str>>,
    /// Whether it is passed on as it is, as an object to look at, or looked into as no request is.
    whole: bool,
}

impl<'m> Recogniser<'m> {
    fn new(modules: &'m [Module]) -> Self {
        let mut rules: BTreeMap<Vec<&str>, Vec<(usize, usize)>> = BTreeMap::new();
        for (number, module) in modules.iter().enumerate() {
            for (rule, clause) in module.rules.iter().enumerate() {
                let package = module.package.iter().map(String::as_str);
                let path = package.chain([clause.name.as_str()]).collect();
                rules.entry(path).or_default().push((number, rule));
            }
        }
        let names = rules.keys().filter_map(|path| path.last().copied()).collect();
        Self { modules, rules, names, known: HashMap::new() }
    }

    /// The dialect of a package, by what those of its rules read that `is_asked` names.
    fn dialect(&mut self, package: &[String], is_asked: fn(&str) -> bool) -> Dialect {
        let of_package = self.modules.iter().filter(|module| module.package == package);
        if of_package.into_iter().any(kubescape::alerts) {
            return Dialect::Kubescape;
        }
        let package: Vec<_> = package.iter().map(String::as_str).collect();
        let mut open: VecDeque<Asked> = self
            .below(&package)
            .filter(|(path, _)| {
                path.len() == package.len() + 1 && path.last().is_some_and(|name| is_asked(name))
            })
            .flat_map(|(_, rules)| rules.iter().map(|(module, rule)| (*module, *rule, Vec::new())))
            .collect();
        let mut reads = Reads::default();
        let mut seen = BTreeSet::new();
        while let Some(asked) = open.pop_front().filter(|_| !reads.are_of_a_manifest()) {
            if !seen.insert(asked.clone()) {
                continue;
            }
            if !self.known.contains_key(&asked) {
                let found = self.find(&asked);
                self.known.insert(asked.clone(), found);
            }
            if let Some(found) = self.known.get(&asked) {
                reads.keys.extend(found.reads.keys.iter().cloned());
                reads.whole |= found.reads.whole;
                open.extend(found.asks.iter().cloned());
            }
        }
        reads.dialect()
    }

    fn find(&self, (module, rule, inputs): &Asked) -> Found {
        let module = &self.modules[*module];
        let rule = module.syntax.rules.get(*rule);
        rule.map_or_else(Found::default, |rule| walk::find(self, module, rule, inputs))
    }

    /// The rules whose paths begin so.
    fn below<'i>(
        &'i self,
        prefix: &'i [&'i str],
    ) -> impl Iterator<Item = (&'i Vec<&'i str>, &'i Vec<(usize, usize)>)> {
        let rules: &'i BTreeMap<Vec<&'i str>, _> = &self.rules;
        let from = rules.range::<[&str], _>((Bound::Included(prefix), Bound::Unbounded));
        from.take_while(move |(path, _)| path.starts_with(prefix))
    }

    /// The rules that a path below `data` can lead to: into a rule's value, or to all rules of a
    /// package.
    fn led_to(&self, path: &[&str]) -> Vec<(usize, usize)> {
        if path.is_empty() {
            return Vec::new();
        }
        let above = (1..path.len()).filter_map(|end| self.rules.get(&path[..end]));
        above.chain(self.below(path).map(|(_, rules)| rules)).flatten().copied().collect()
    }
}

impl Reads {
    /// Something is read under these keys, and more keys may follow.
    fn read(&mut self, keys: &[Arc<str>], is_open: bool) {
        let Some((first, rest)) = keys.split_first() else {
            self.whole |= !is_open;
            return;
        };
        self.keys.insert(Arc::clone(first));
        let known = |field: &str| REQUEST_FIELDS.contains(&field) || field == "namespaceObject";
        if matches!(&**first, "request" | "review") && rest.first().is_some_and(|f| !known(f)) {
            self.whole = true;
        }
    }

    /// Whether a package copes with manifests: it is given manifests, whatever else it copes with.
    fn are_of_a_manifest(&self) -> bool {
        self.whole || self.keys.iter().any(|key| !OF_REQUESTS.contains(&&**key))
    }

    fn dialect(&self) -> Dialect {
        if self.are_of_a_manifest() {
            return Dialect::Manifest;
        }
        let reads = |key: &str| self.keys.contains(key);
        let of_manifest = ["apiVersion", "kind", "response"].into_iter().any(reads);
        match (reads("request"), reads("review")) {
            (true, true) if reads("parameters") => Dialect::Gatekeeper,
            (true, _) => Dialect::Admission,
            (false, true) if !of_manifest => Dialect::Gatekeeper,
            _ => Dialect::Manifest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rego::{PolicyLimits, VersionChoice, parse};
    use crate::source::SourceText;

    /// The dialect of the first file's package, with a helper package beside it.
    fn dialect(rules: &str) -> Dialect {
        let helper = "package lib.k8s\n\nobject := input.request.object\n\n\
                      reviewed(i) := i.review.object\n\nwhole := input\n\n\
                      is_pod(x) if x.kind == \"Pod\"\n\nnamespace := object.metadata.namespace\n";
        let parsed = |(name, text): (&str, &str)| {
            let source = Arc::new(SourceText::new(name, text));
            parse(&source, VersionChoice::Auto, &PolicyLimits::default()).unwrap()
        };
        let text = format!("package p\n\nimport data.lib.k8s\n{rules}\n");
        let modules: Vec<_> = [("p.rego", &*text), ("h.rego", helper)].map(parsed).into();
        let package = ["p".to_owned()];
        dialects(&modules, [&package[..]].into_iter(), |name| name == "deny")[0]
    }

    #[test]
    fn packages_are_known_by_what_their_rules_read() {
        for (wanted, rules) in [
            (Dialect::Manifest, "deny contains 1 if input.kind == \"Pod\""),
            (Dialect::Manifest, "deny contains 1 if true"),
            (Dialect::Admission, "deny contains 1 if input.request.kind.kind == \"Pod\""),
            (Dialect::Admission, "deny contains 1 if input[\"request\"].name"),
            (
                Dialect::Admission,
                "deny contains 1 if object.get(input, [\"request\", \"name\"], 1)",
            ),
            (Dialect::Admission, "deny contains 1 if { r := input\n r.request.name }"),
            (Dialect::Admission, "deny contains 1 if { helper }\nhelper if input.request.name"),
            (Dialect::Admission, "deny contains 1 if { f(1) }\nf(_) if not input.request.name"),
            (Dialect::Admission, "deny contains 1 if count([1 | input.request.object[_]]) > 0"),
            (Dialect::Admission, "deny contains 1 if k8s.object.spec"),
            (Dialect::Admission, "deny contains 1 if data.lib.k8s.namespace == \"x\""),
            (Dialect::Admission, "import input.request as r\ndeny contains 1 if r.name"),
            (Dialect::Admission, "import input as i\ndeny contains 1 if i.request.name"),
            (
                Dialect::Admission,
                "deny contains 1 if { input.kind == \"AdmissionReview\"\n input.request.name }",
            ),
            (Dialect::Gatekeeper, "deny contains 1 if input.review.object.spec"),
            (Dialect::Gatekeeper, "deny contains 1 if { input.review.name\n input.parameters.y }"),
            (Dialect::Gatekeeper, "deny contains 1 if k8s.reviewed(input).spec"),
            (Dialect::Manifest, "deny contains 1 if { input.review.name\n input.kind }"),
            (Dialect::Admission, "deny contains 1 if { input.request.name\n input.parameters.y }"),
            (
                Dialect::Admission,
                "deny contains 1 if { input.request.name }\ndeny contains 2 if input.review.name",
            ),
            (
                Dialect::Gatekeeper,
                "deny contains 1 if { input.request.name }\ndeny contains input.parameters.x if input.review.name",
            ),
            (
                Dialect::Kubescape,
                "deny contains {\"alertMessage\": \"x\", \"alertObject\": {}} if input[_].kind",
            ),
            (Dialect::Manifest, "deny contains \"alertObject\" if input.kind"),
            (Dialect::Manifest, "deny contains 1 if k8s.is_pod(input)"),
            // Rules that cope with manifests too.
            (Dialect::Manifest, "deny contains 1 if { input.review.name\n k8s.whole.spec }"),
            (Dialect::Manifest, "deny contains 1 if { input.request.name\n input.spec.y }"),
            (Dialect::Manifest, "o := input\ndeny contains 1 if { not input.review\n o.spec }"),
            (Dialect::Manifest, "deny contains 1 if { input.parameters.x }"),
            (Dialect::Manifest, "deny contains 1 if { input.request.url }"),
            // What is not asked, or asked with another input, says nothing.
            (Dialect::Manifest, "allow if input.request.name\ndeny contains 1 if input.spec"),
            (Dialect::Manifest, "deny contains 1 if k8s.object with input as {\"a\": 1}"),
            (Dialect::Gatekeeper, "deny contains 1 if k8s.object with input as input.review"),
        ] {
            assert_eq!(dialect(rules), wanted, "{rules}");
        }
    }
}
