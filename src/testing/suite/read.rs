//! From the document of a suite to what it asks for.

use std::sync::Arc;

use crate::gatekeeper::Document;
use crate::manifest::{Manifest, Node, Resource};
use crate::rego::PolicyError;
use crate::source::{SourceText, Span};

use super::assertion::Assertion;

/// A suite.
pub(super) struct Suite {
    pub(super) source: Arc<SourceText>,
    pub(super) skip: bool,
    pub(super) tests: Vec<SuiteTest>,
}

/// A template with a constraint, and objects to try it on.
pub(super) struct SuiteTest {
    pub(super) name: String,
    pub(super) template: Reference,
    pub(super) constraint: Reference,
    /// Expansion templates, which say what objects make.
    pub(super) expansion: Option<Reference>,
    pub(super) cases: Vec<Case>,
    /// Whether the constraint should break its template's schema.
    pub(super) invalid: bool,
    pub(super) skip: bool,
    pub(super) span: Span,
}

/// An object, and what its review should give.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) object: Reference,
    pub(super) inventory: Vec<Reference>,
    pub(super) assertions: Vec<Assertion>,
    pub(super) skip: bool,
    pub(super) span: Span,
}

impl Case {
    /// Whether it expects that nothing is found.
    pub(super) fn expects_none(&self) -> bool {
        self.assertions.iter().all(Assertion::expects_none)
    }
}

/// A file that a suite names, relative to its own.
#[derive(Clone)]
pub(super) struct Reference {
    pub(super) path: String,
    pub(super) span: Span,
}

pub(super) fn suite(manifest: &Arc<Manifest>) -> Result<Suite, PolicyError> {
    let resource = Resource::whole(manifest);
    let document = Document { source: &manifest.source };
    let root = &manifest.root;
    document.only(root, &["apiVersion", "kind", "metadata", "skip", "tests"], "a suite")?;
    if resource.id.api_version != "test.gatekeeper.sh/v1alpha1" {
        let place = root.get("apiVersion").unwrap_or(root).span;
        return Err(document.wrong("the version of a suite is v1alpha1", place));
    }
    let tests = document.list(root, "tests")?;
    if tests.is_empty() {
        let message = "the suite has no tests";
        return Err(document.wrong(message, resource.naming_node().span));
    }
    Ok(Suite {
        source: Arc::clone(&manifest.source),
        skip: document.flag(root, "skip")? == Some(true),
        tests: tests.iter().map(|node| test(document, node)).collect::<Result<_, _>>()?,
    })
}

fn test(document: Document<'_>, node: &Node) -> Result<SuiteTest, PolicyError> {
    let known = ["name", "template", "constraint", "expansion", "cases", "invalid", "skip"];
    document.only(node, &known, "a test")?;
    let cases = document.list(node, "cases")?;
    let test = SuiteTest {
        name: name(document, node)?,
        template: reference(document, node, "template", "a test")?,
        constraint: reference(document, node, "constraint", "a test")?,
        expansion: match document.text(node, "expansion")? {
            None | Some("") => None,
            Some(_) => Some(reference(document, node, "expansion", "a test")?),
        },
        cases: cases.iter().map(|node| case(document, node)).collect::<Result<_, _>>()?,
        invalid: document.flag(node, "invalid")? == Some(true),
        skip: document.flag(node, "skip")? == Some(true),
        span: span(node),
    };
    if test.invalid && !test.cases.is_empty() {
        let place = node.entry("cases").map_or(node.span, |entry| entry.key_span);
        return Err(document.wrong("a test of an invalid constraint has no cases", place));
    }
    Ok(test)
}

fn case(document: Document<'_>, node: &Node) -> Result<Case, PolicyError> {
    document.only(node, &["name", "object", "inventory", "assertions", "skip"], "a case")?;
    let item = |item: &Node| match item.as_str() {
        Some(path) => Ok(Reference { path: path.to_owned(), span: item.span }),
        None => Err(document.wrong("the inventory is a list of paths", item.span)),
    };
    let assertions = document.list(node, "assertions")?;
    let case = Case {
        name: name(document, node)?,
        object: reference(document, node, "object", "a case")?,
        inventory: document.list(node, "inventory")?.iter().map(item).collect::<Result<_, _>>()?,
        assertions: assertions
            .iter()
            .map(|node| Assertion::read(document, node))
            .collect::<Result<_, _>>()?,
        skip: document.flag(node, "skip")? == Some(true),
        span: span(node),
    };
    if case.assertions.is_empty() {
        return Err(document.wrong("the case has no assertions", case.span));
    }
    Ok(case)
}

fn name(document: Document<'_>, node: &Node) -> Result<String, PolicyError> {
    Ok(document.text(node, "name")?.unwrap_or_default().to_owned())
}

/// What names a test or a case in its file.
fn span(node: &Node) -> Span {
    node.get("name").unwrap_or(node).span
}

fn reference(
    document: Document<'_>,
    node: &Node,
    key: &str,
    of: &str,
) -> Result<Reference, PolicyError> {
    match document.text(node, key)?.filter(|path| !path.is_empty()) {
        Some(path) => {
            let span = node.get(key).unwrap_or(node).span;
            Ok(Reference { path: path.to_owned(), span })
        }
        None => Err(document.wrong(format!("{of} needs a `{key}`"), span(node))),
    }
}
