//! What is to be waived: the violations of a file, or a resource by its names.

use std::collections::BTreeMap;
use std::path::Path;

use crate::check::{Checker, Finding, Input, Standing};
use crate::manifest::ResourceId;
use crate::rego::PolicyError;
use crate::source::{display_name, whole_path};

/// Resources that one waiver can name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) kinds: Vec<String>,
    pub(super) namespaces: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) files: Vec<String>,
}

/// The resources that violate a policy in files, by kind and namespace.
pub(super) fn of_files(
    checker: &Checker,
    inputs: &[Input],
    policy: &str,
    root: &Path,
) -> Result<Vec<Target>, Vec<PolicyError>> {
    let report = checker.check(inputs, Vec::new(), &|| {});
    if !report.errors.is_empty() {
        return Err(report.errors.into_iter().map(PolicyError::from).collect());
    }
    let (waived, stands): (Vec<_>, Vec<_>) = report
        .findings
        .iter()
        .filter(|finding| finding.policy.id == policy)
        .partition(|finding| finding.standing == Standing::Waived);
    if stands.is_empty() {
        let error = PolicyError::new(format!("nothing here violates `{policy}`"));
        return Err(vec![match waived.len() {
            0 => {
                error.with_help("a waiver for what may come names a resource: KIND/NAMESPACE/NAME")
            }
            _ => error.with_help("what does is waived already: `manifestly waivers` lists them"),
        }]);
    }
    let mut targets: BTreeMap<(String, String, String), Target> = BTreeMap::new();
    for finding in stands {
        let (key, target) = of_finding(finding, root);
        let known =
            targets.entry(key).or_insert_with(|| Target { names: vec![], ..target.clone() });
        for name in target.names {
            if !known.names.contains(&name) {
                known.names.push(name);
            }
        }
    }
    Ok(targets.into_values().collect())
}

fn of_finding(finding: &Finding, root: &Path) -> ((String, String, String), Target) {
    let file = within(finding.file(), root);
    let id = finding.resource.clone().unwrap_or_default();
    // What is not told apart by its names is told by its file.
    let needs_file = id.namespace.is_empty() || id.name.is_empty();
    let some = |text: &str| if text.is_empty() { vec![] } else { vec![text.to_owned()] };
    let kind = kind_of(&id);
    let target = Target {
        kinds: some(&kind),
        namespaces: some(&id.namespace),
        names: some(&globset::escape(&id.name)),
        files: if needs_file { some(&globset::escape(&file)) } else { vec![] },
    };
    let file = if needs_file { file } else { String::new() };
    ((kind, id.namespace, file), target)
}

/// A kind with its group, where it has one.
fn kind_of(id: &ResourceId) -> String {
    match (id.group(), id.kind.as_str()) {
        ("", kind) | (_, kind @ "") => kind.to_owned(),
        (group, kind) => format!("{group}/{kind}"),
    }
}

/// A file as waivers name it: relative to the folder that their globs are.
fn within(file: &str, root: &Path) -> String {
    let whole = whole_path(Path::new(file));
    whole.strip_prefix(whole_path(root)).map_or_else(|_| display_name(&whole), display_name)
}

/// A resource by its kind and names.
pub(super) fn of_names(text: &str) -> Result<Target, PolicyError> {
    let parts: Vec<&str> = text.split('/').collect();
    let (kind, namespace, name) = match parts.as_slice() {
        [kind, name] => (*kind, None, *name),
        [kind, namespace, name] => (*kind, Some(*namespace), *name),
        _ => ("", None, ""),
    };
    if [kind, name, namespace.unwrap_or("-")].iter().any(|part| part.is_empty()) {
        let error =
            PolicyError::new(format!("there is no file `{text}`, and it names no resource"));
        return Err(error.with_help("a resource is KIND/NAME or KIND/NAMESPACE/NAME"));
    }
    Ok(Target {
        kinds: vec![kind.to_owned()],
        namespaces: namespace.into_iter().map(str::to_owned).collect(),
        names: vec![name.to_owned()],
        files: vec![],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_named_by_kind_and_name() {
        let target = of_names("deployment/shop/web").unwrap();
        assert_eq!(target.kinds, ["deployment"]);
        assert_eq!((target.namespaces, target.names), (vec!["shop".into()], vec!["web".into()]));
        assert_eq!(of_names("Pod/a").unwrap().namespaces, Vec::<String>::new());
        for wrong in ["web", "a/b/c/d", "/b", "a/", "a//b", ""] {
            assert!(of_names(wrong).is_err(), "{wrong}");
        }
    }
}
