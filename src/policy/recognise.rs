//! Recognising the dialect of a package by what its rules read.
//!
//! Rules are followed into the helpers that they ask for, in any package, and an input that is
//! handed to a function into what that reads of it. What can't be seen in the text, such as a key
//! that is worked out, counts for nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use crate::manifest::REQUEST_FIELDS;
use crate::rego::Module;
use crate::rego::ast::{Statement, StatementKind, Term, TermKind};
use crate::rego::visit::{self, Visitor};

use super::dialect::Dialect;

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
        text.contains("request") || text.contains("review")
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
        let Some(rule) = module.syntax.rules.get(*rule) else { return Found::default() };
        let parameters = rule.head.args.as_deref().unwrap_or_default().iter().enumerate();
        let aliases = parameters
            .filter(|(number, _)| inputs.contains(number))
            .filter_map(|(_, parameter)| variable(parameter).cloned())
            .collect();
        let mut walk = Walk { rules: self, module, aliases, found: Found::default() };
        visit::definition(&mut walk, rule);
        walk.found
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

/// What a term stands for, as far as the text tells.
enum Meaning<'t> {
    /// The input, or what is in it under these keys; whether more keys follow that are not known.
    Input(Vec<&'t str>, bool),
    /// A document below `data`.
    Data(Vec<&'t str>),
    Unknown,
}

/// Goes through a rule.
struct Walk<'r, 'm> {
    rules: &'r Recogniser<'m>,
    module: &'m Module,
    /// Variables that are the input as a whole.
    aliases: BTreeSet<Arc<str>>,
    found: Found,
}

impl Walk<'_, '_> {
    fn is_input(&self, term: &Term) -> bool {
        matches!(self.meaning(term), Meaning::Input(keys, false) if keys.is_empty())
    }

    fn meaning<'t>(&'t self, term: &'t Term) -> Meaning<'t> {
        let (base, keys) = match &term.kind {
            TermKind::Reference(base, keys) => (&**base, keys.as_slice()),
            _ => (term, [].as_slice()),
        };
        let Some(name) = variable(base) else { return Meaning::Unknown };
        let known: Vec<&str> = keys.iter().map_while(string).collect();
        let is_open = known.len() < keys.len();
        let join =
            |first: &'t [Arc<str>]| first.iter().map(|p| &**p).chain(known.clone()).collect();
        if &**name == "input" || self.aliases.contains(name) {
            return Meaning::Input(known, is_open);
        }
        if &**name == "data" {
            return Meaning::Data(known);
        }
        let import = self.module.syntax.imports.iter().find(|import| {
            import.alias.as_ref().or(import.path.last()).is_some_and(|known| known == name)
        });
        match import.and_then(|import| import.path.split_first()) {
            Some((root, rest)) if &**root == "input" => Meaning::Input(join(rest), is_open),
            Some((root, rest)) if &**root == "data" => Meaning::Data(join(rest)),
            Some(_) => Meaning::Unknown,
            // Most names are those of variables.
            None if self.rules.names.contains(&**name) => {
                let package = self.module.package.iter().map(String::as_str);
                Meaning::Data(package.chain([&**name]).chain(known).collect())
            }
            None => Meaning::Unknown,
        }
    }

    /// Notes what a reference reads, or the rules that it leads to; `inputs` are the parameters
    /// that are the input, where it is a function that is called.
    fn reference(&mut self, term: &Term, inputs: &[usize]) {
        match self.meaning(term) {
            Meaning::Input(keys, is_open) => {
                let keys: Vec<_> = keys.into_iter().map(Arc::from).collect();
                self.found.reads.read(&keys, is_open);
            }
            Meaning::Data(path) => {
                let rules = self.rules.led_to(&path).into_iter();
                let asks = rules.map(|(module, rule)| (module, rule, inputs.to_vec()));
                self.found.asks.extend(asks);
            }
            Meaning::Unknown => {}
        }
    }

    /// `object.get(input, "request", {})` reads a key; other functions of OPA tell nothing.
    fn builtin(&mut self, function: &Term, args: &[Term]) {
        let name = match &function.kind {
            TermKind::Reference(base, keys) => variable(base).zip(keys.first().and_then(string)),
            _ => None,
        };
        let [_, key, ..] = args else { return };
        if name.is_some_and(|(base, name)| &**base == "object" && name == "get") {
            let keys = match &key.kind {
                TermKind::Array(items) => items.as_slice(),
                _ => std::slice::from_ref(key),
            };
            let keys: Vec<_> = keys.iter().map_while(string).map(Arc::from).collect();
            self.found.reads.read(&keys, true);
        }
    }
}

impl Visitor for Walk<'_, '_> {
    fn statement(&mut self, seen: &Statement) {
        // What is asked with another input says nothing of this one.
        let replaces = |target: &Term| variable(target).is_some_and(|name| &**name == "input");
        if seen.with.iter().any(|with| replaces(&with.target)) {
            visit::terms(self, seen.with.iter().map(|with| &with.value));
            return;
        }
        match &seen.kind {
            StatementKind::Assign(left, right) | StatementKind::Unify(left, right)
                if self.is_input(right) && variable(left).is_some() =>
            {
                self.aliases.extend(variable(left).cloned());
            }
            _ => visit::statement(self, seen),
        }
    }

    fn term(&mut self, seen: &Term) {
        match &seen.kind {
            TermKind::Variable(_) => self.reference(seen, &[]),
            TermKind::Reference(base, keys) => {
                match variable(base) {
                    Some(_) => self.reference(seen, &[]),
                    None => self.term(base),
                }
                visit::terms(self, keys.iter().filter(|key| string(key).is_none()));
            }
            TermKind::Call(function, args) => {
                let inputs: Vec<usize> =
                    (0..args.len()).filter(|at| self.is_input(&args[*at])).collect();
                self.reference(function, &inputs);
                if inputs.first() == Some(&0) {
                    self.builtin(function, args);
                }
                let others = args.iter().enumerate().filter(|(at, _)| !inputs.contains(at));
                visit::terms(self, others.map(|(_, arg)| arg));
            }
            _ => visit::term(self, seen),
        }
    }
}

fn variable(term: &Term) -> Option<&Arc<str>> {
    match &term.kind {
        TermKind::Variable(name) => Some(name),
        _ => None,
    }
}

fn string(term: &Term) -> Option<&str> {
    match &term.kind {
        TermKind::String(text) => Some(text),
        _ => None,
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
