//! Templates: Rego, and the schema of its parameters.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::engine::{EngineLimits, Program};
use crate::manifest::{Node, Resource};
use crate::policy::{Dialect, EntryPoint, Metadata, PolicySet};
use crate::rego::{Module, PolicyError, PolicyErrors, VersionChoice};
use crate::source::{SourceText, Span};

use super::document::Document;
use super::schema::Schema;
use super::{annotations, embedded, references};

const TARGET: &str = "admission.k8s.gatekeeper.sh";

/// A template, compiled: a world of its own, as each is in Gatekeeper.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// The kind of its constraints.
    pub(super) kind: String,
    /// What parameters there may be; `None` where it takes none.
    pub(super) schema: Option<Schema>,
    pub(super) entry: EntryPoint,
    pub(super) program: Program,
    /// The operations that it is asked about by the webhook; empty for all.
    pub(super) operations: Vec<String>,
    /// Whether its Rego looks at the other objects.
    pub(super) reads_inventory: bool,
    /// Whether it looks at the namespace of the object.
    pub(super) reads_namespace: bool,
    /// What its annotations tell people.
    pub(super) metadata: Metadata,
    /// Where it is named.
    pub(super) place: (Arc<SourceText>, Span),
    /// The Rego, the one with the violations first.
    pub(super) texts: Vec<String>,
    policies: Arc<PolicySet>,
    limits: EngineLimits,
}

/// The Rego of a template, before it is parsed.
struct Code<'n> {
    rego: &'n Node,
    libraries: &'n [Node],
    version: VersionChoice,
    operations: Vec<String>,
}

impl Template {
    pub(super) fn read(resource: &Resource, limits: EngineLimits) -> Result<Self, PolicyErrors> {
        let document = Document::of(resource);
        let root = &resource.node;
        let nothing = || Node::mapping(resource.naming_node().span, Vec::new());
        let spec = document.mapping(root, "spec")?.cloned().unwrap_or_else(nothing);
        let kind = kind(document, resource, &spec)?;
        let schema = schema(document, resource, &spec)?;
        let code = code(document, resource, &spec)?;
        let modules = modules(document, &code, &limits)?;
        let package = modules[0].package.clone();
        let says = |what: &str| {
            let mut texts = code.libraries.iter().chain([code.rego]).filter_map(Node::as_str);
            texts.any(|rego| rego.contains(what))
        };
        let (reads_inventory, reads_namespace) = (says("inventory"), says("namespaceObject"));
        let policies = PolicySet::new(modules, serde_json::Map::new())?;
        let is_entry = |entry: &&EntryPoint| entry.package == package && entry.rule == "violation";
        let Some(entry) = policies.entry_points.iter().find(is_entry).cloned() else {
            return Err(document.wrong("the Rego has no rule `violation`", code.rego.span).into());
        };
        let entry = EntryPoint { dialect: Dialect::Gatekeeper, ..entry };
        let program = Program::compile(&policies, limits)?;
        let texts = [code.rego].into_iter().chain(code.libraries).filter_map(Node::as_str);
        let mut metadata = Metadata::default();
        annotations::overlay(&mut metadata, document, resource)?;
        Ok(Self {
            kind,
            schema,
            entry,
            program,
            operations: code.operations,
            reads_inventory,
            reads_namespace,
            metadata,
            place: (Arc::clone(document.source), resource.naming_node().span),
            texts: texts.map(str::to_owned).collect(),
            policies: policies.into(),
            limits,
        })
    }

    /// Its Rego, the module with the violations first.
    pub(super) fn modules(&self) -> &[Module] {
        &self.policies.modules
    }

    /// The program that sees these objects under `data.inventory`.
    pub(super) fn with_inventory(&self, inventory: &Value) -> Result<Program, PolicyErrors> {
        if !self.reads_inventory {
            return Ok(self.program.clone());
        }
        let data = Value::record([("inventory", inventory.clone())]);
        Program::compile_with_data(&self.policies, data, self.limits)
    }
}

fn kind(document: Document<'_>, resource: &Resource, spec: &Node) -> Result<String, PolicyError> {
    let names =
        crd(document, spec)?.map(|crd| document.mapping(crd, "names")).transpose()?.flatten();
    let kind = names.map(|names| document.text(names, "kind")).transpose()?.flatten();
    let Some(kind) = kind.filter(|kind| !kind.is_empty()) else {
        let message = "the template lacks `spec.crd.spec.names.kind`";
        return Err(document.wrong(message, resource.naming_node().span));
    };
    if resource.id.name != kind.to_lowercase() {
        let message = format!("the template should be called `{}`", kind.to_lowercase());
        return Err(document
            .wrong(message, resource.naming_node().span)
            .with_help("Gatekeeper wants the name of a template to be its kind in small letters"));
    }
    Ok(kind.to_owned())
}

fn crd<'n>(document: Document<'_>, spec: &'n Node) -> Result<Option<&'n Node>, PolicyError> {
    let crd = document.mapping(spec, "crd")?;
    Ok(crd.map(|crd| document.mapping(crd, "spec")).transpose()?.flatten())
}

fn schema(
    document: Document<'_>,
    resource: &Resource,
    spec: &Node,
) -> Result<Option<Schema>, PolicyError> {
    let crd = crd(document, spec)?;
    let validation = crd.map(|crd| document.mapping(crd, "validation")).transpose()?.flatten();
    let says = validation.map(|v| document.flag(v, "legacySchema")).transpose()?.flatten();
    let legacy = says.unwrap_or(!resource.id.api_version.ends_with("/v1"));
    let schema = validation.map(|v| document.mapping(v, "openAPIV3Schema")).transpose()?.flatten();
    match schema {
        Some(schema) => Schema::read(document, schema, legacy).map(Some),
        None => Ok(legacy.then(Schema::of_legacy)),
    }
}

fn code<'n>(
    document: Document<'_>,
    resource: &Resource,
    spec: &'n Node,
) -> Result<Code<'n>, PolicyError> {
    let targets = document.list(spec, "targets")?;
    let target = match targets {
        [target] => target,
        [] => {
            let place = spec.get("targets").unwrap_or(resource.naming_node()).span;
            return Err(document.wrong("the template has no target", place));
        }
        [_, second, ..] => {
            let message = "a template has one target, as Gatekeeper supports no more";
            return Err(document.wrong(message, second.span));
        }
    };
    let name = document.text(target, "target")?.unwrap_or_default();
    if name != TARGET {
        let place = target.get("target").unwrap_or(target).span;
        return Err(document.wrong(format!("the target should be `{TARGET}`"), place));
    }
    let operations = operations(document, target)?;
    let rego = |node: &'n Node| -> Result<Option<&'n Node>, PolicyError> {
        let text = document.text(node, "rego")?;
        Ok(node.get("rego").filter(|_| text.is_some_and(|text| !text.trim().is_empty())))
    };
    if let Some(own) = rego(target)? {
        document.texts(target, "libs")?;
        let libraries = document.list(target, "libs")?;
        return Ok(Code { rego: own, libraries, version: VersionChoice::V0, operations });
    }
    let engines = document.list(target, "code")?;
    let is_rego = |code: &&Node| code.get_str("engine") == Some("Rego");
    let Some(code) = engines.iter().find(is_rego) else {
        return Err(no_rego(document, target, engines));
    };
    let source = document.mapping(code, "source")?.unwrap_or(code);
    let Some(rego) = rego(source)? else {
        return Err(document.wrong("the code lacks `source.rego`", code.span));
    };
    document.texts(source, "libs")?;
    let version = match document.text(source, "version")? {
        Some("v1") => VersionChoice::V1,
        None | Some("" | "v0") => VersionChoice::V0,
        Some(_) => {
            let place = source.get("version").unwrap_or(source).span;
            return Err(document.wrong("the version of Rego is v0 or v1", place));
        }
    };
    Ok(Code { rego, libraries: document.list(source, "libs")?, version, operations })
}

fn operations(document: Document<'_>, target: &Node) -> Result<Vec<String>, PolicyError> {
    let operations = document.list(target, "operations")?;
    for operation in operations {
        let known = ["CREATE", "UPDATE", "DELETE", "CONNECT", "*"];
        if !operation.as_str().is_some_and(|name| known.contains(&name)) {
            let message = "an operation is one of CREATE, UPDATE, DELETE, CONNECT and *";
            return Err(document.wrong(message, operation.span));
        }
        if operation.as_str() == Some("*") && operations.len() > 1 {
            let message = "`*` is all operations: it stands alone";
            return Err(document.wrong(message, operation.span));
        }
    }
    document.texts(target, "operations")
}

fn no_rego(document: Document<'_>, target: &Node, engines: &[Node]) -> PolicyError {
    match engines.first() {
        None => document.wrong("the target has no Rego", target.span),
        Some(code) => {
            let engine = code.get_str("engine").unwrap_or_default();
            let place = code.get("engine").unwrap_or(code).span;
            document
                .wrong(format!("the template has code for `{engine}` alone"), place)
                .with_help("only Rego can be evaluated here; a template can have both")
        }
    }
}

/// The modules, the one with the violations first.
fn modules(
    document: Document<'_>,
    code: &Code<'_>,
    limits: &EngineLimits,
) -> Result<Vec<Module>, PolicyErrors> {
    let parse = |node| embedded::parse(document.source, node, code.version, &limits.policy);
    let mut modules = vec![parse(code.rego)?];
    for node in code.libraries {
        let module = parse(node)?;
        if !matches!(module.package.as_slice(), [lib, _, ..] if lib == "lib") {
            let place = module.syntax.package_span;
            let message = "the package of a library is `lib.` and a name";
            return Err(PolicyError::at(message, &module.source, place).into());
        }
        modules.push(module);
    }
    let errors: Vec<_> =
        modules.iter().filter_map(|module| references::check(module).err()).collect();
    if errors.is_empty() { Ok(modules) } else { Err(PolicyErrors(errors)) }
}
