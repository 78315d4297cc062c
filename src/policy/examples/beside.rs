//! Which policies examples are about: those that stand beside them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::manifest::Resource;
use crate::policy::gatekeeper::{CONSTRAINTS, EXPANSIONS, TEMPLATES};
use crate::policy::{Policy, PolicySet};
use crate::rego::PolicyError;
use crate::source::display_name;

use super::layout::Group;

/// The policies that examples are about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    /// Those in Rego files.
    pub(crate) policies: Vec<Arc<Policy>>,
    /// Gatekeeper's constraints, with the templates and expansion templates they need.
    pub(crate) gatekeeper: Vec<Resource>,
}

impl Subject {
    /// Whether there is a constraint.
    pub(crate) fn has_constraints(&self) -> bool {
        self.gatekeeper.iter().any(is_constraint)
    }

    /// What reports call the policies, each once.
    pub(crate) fn ids(&self) -> Vec<String> {
        let constraints = self.gatekeeper.iter().filter(|resource| is_constraint(resource));
        let constraints = constraints.map(|it| format!("{}/{}", it.id.kind, it.id.name));
        let policies = self.policies.iter().map(|policy| policy.id.clone());
        policies.chain(constraints).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn is_empty(&self) -> bool {
        self.policies.is_empty() && !self.has_constraints()
    }
}

/// The policies beside a group of examples: those in the folder that holds `examples`; where there
/// are none in it, those below it. A folder that is named after a policy is about that one alone.
pub(crate) fn subject(
    group: &Group,
    set: Option<&PolicySet>,
    gatekeeper: &[Resource],
) -> Result<Subject, PolicyError> {
    let home = display_name(&group.home);
    let home = Path::new(&home);
    let mut found = standing(set, gatekeeper, &|folder| is_same(folder, home));
    if found.is_empty() {
        found = standing(set, gatekeeper, &|folder| is_below(folder, home));
    }
    let folder = display_name(&group.folder);
    if found.is_empty() {
        return Err(PolicyError::new(format!("no policy stands beside `{folder}`")).with_help(
            "examples are about the policies in the folder that holds `examples`, or below it; \
             name that folder, or one above it, so that they are found",
        ));
    }
    if let Some(name) = &group.policy {
        found = named(found, name).map_err(|known| {
            let near = |known: &&String| strsim::jaro_winkler(known, &plain(name)) > 0.85;
            let help = match known.iter().find(near) {
                Some(near) => format!("there is `{near}`"),
                None => format!("there are: {}", known.join(", ")),
            };
            let message = format!("no policy beside `{folder}` is called `{name}`");
            PolicyError::new(message).with_help(help)
        })?;
    }
    let constraints = found.gatekeeper.iter().filter(|it| is_constraint(it));
    let kinds: BTreeSet<String> = constraints.map(|it| it.id.kind.clone()).collect();
    let needed = kinds.iter().filter_map(|kind| nearest(gatekeeper, kind, home)).cloned();
    found.gatekeeper.extend(needed.collect::<Vec<_>>());
    Ok(found)
}

/// Every constraint by itself, with its template.
pub(crate) fn each_constraint(gatekeeper: &[Resource]) -> Vec<Subject> {
    let alone = |constraint: &Resource| {
        let home = Path::new(constraint.manifest.source.name()).parent();
        let template = nearest(gatekeeper, &constraint.id.kind, home.unwrap_or(Path::new("")))?;
        let gatekeeper = vec![constraint.clone(), template.clone()];
        Some(Subject { policies: Vec::new(), gatekeeper })
    };
    gatekeeper.iter().filter(|it| is_constraint(it)).filter_map(alone).collect()
}

/// What stands in the folders that `is_there` wants. Files of tests hold no policies.
fn standing(
    set: Option<&PolicySet>,
    gatekeeper: &[Resource],
    is_there: &dyn Fn(&Path) -> bool,
) -> Subject {
    let in_folder = |name: &str| is_there(Path::new(name).parent().unwrap_or(Path::new("")));
    let policies = set.into_iter().flat_map(PolicySet::policies).filter(|policy| {
        let name = policy.source.name();
        in_folder(name) && !name.ends_with("_test.rego")
    });
    let asks = |resource: &&Resource| {
        in_folder(resource.manifest.source.name()) && resource.id.group() != TEMPLATES
    };
    Subject {
        policies: policies.cloned().collect(),
        gatekeeper: gatekeeper.iter().filter(asks).cloned().collect(),
    }
}

/// The policies that a folder is named after: by the last part of an id, or by the file they stand
/// in. Else what there is.
fn named(found: Subject, name: &str) -> Result<Subject, Vec<String>> {
    let wanted = plain(name);
    let last = |id: &str| plain(id.rsplit('/').next().unwrap_or(id));
    let file = |source: &str| {
        let stem = Path::new(source).file_stem().unwrap_or_default();
        plain(&stem.to_string_lossy())
    };
    let by_id = |policy: &&Arc<Policy>| last(&policy.id) == wanted;
    let by_file = |policy: &&Arc<Policy>| file(policy.source.name()) == wanted;
    let mut policies: Vec<_> = found.policies.iter().filter(by_id).cloned().collect();
    if policies.is_empty() {
        policies = found.policies.iter().filter(by_file).cloned().collect();
    }
    let others = found.gatekeeper.iter().filter(|it| {
        it.id.group() == EXPANSIONS
            || is_constraint(it) && (plain(&it.id.name) == wanted || plain(&it.id.kind) == wanted)
    });
    let one = Subject { policies, gatekeeper: others.cloned().collect() };
    if one.is_empty() {
        let ids = found.ids();
        return Err(ids.iter().map(|id| last(id)).collect());
    }
    Ok(one)
}

/// A name as it may be written by people: `run_as_root` is `run-as-root`.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

fn is_constraint(resource: &Resource) -> bool {
    resource.id.group() == CONSTRAINTS
}

/// Of the templates for a kind of constraints, the one whose file is nearest to a folder. Two
/// versions of a template are often kept side by side.
fn nearest<'r>(gatekeeper: &'r [Resource], kind: &str, home: &Path) -> Option<&'r Resource> {
    let makes = |template: &Resource| {
        if template.id.group() != TEMPLATES {
            return false;
        }
        let keys = ["spec", "crd", "spec", "names"];
        let names = keys.iter().try_fold(&template.node, |node, key| node.get(key));
        names.and_then(|names| names.get_str("kind")) == Some(kind)
    };
    let shared = |template: &Resource| {
        let file = Path::new(template.manifest.source.name()).components();
        file.zip(home.components()).take_while(|(a, b)| a == b).count()
    };
    let candidates = gatekeeper.iter().filter(|template| makes(template));
    // The first of those that are equally near.
    candidates.rev().max_by_key(|template| shared(template))
}

fn is_same(folder: &Path, home: &Path) -> bool {
    whole(folder) == whole(home)
}

fn is_below(folder: &Path, home: &Path) -> bool {
    whole(folder).starts_with(whole(home))
}

/// `.` and the empty path are the same folder.
fn whole(folder: &Path) -> &Path {
    if folder == Path::new(".") { Path::new("") } else { folder }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Loader;

    fn found(home: &str, policy: Option<&str>) -> Result<Vec<String>, PolicyError> {
        let text = |package: &str| format!("package {package}\n\ndeny contains 1 if true\n");
        let set = Loader::new()
            .policy_text("all/one.rego", &text("one"))
            .policy_text("all/two_words.rego", &text("pack.two"))
            .policy_text("all/one_test.rego", &text("one_test"))
            .policy_text("all/deep/three.rego", &text("three"))
            .load()
            .unwrap();
        let home = Path::new(home).to_owned();
        let folder = home.join("examples");
        let policy = policy.map(str::to_owned);
        let group = Group { home, folder, policy, examples: Vec::new() };
        subject(&group, Some(&set), &[]).map(|subject| subject.ids())
    }

    #[test]
    fn policies_stand_in_the_folder_that_holds_the_examples_else_below_it() {
        assert_eq!(found("all", None).unwrap(), ["one", "pack/two"]);
        assert_eq!(found("all/deep", None).unwrap(), ["three"]);
        assert_eq!(found("", None).unwrap(), ["one", "pack/two", "three"]);
        assert_eq!(found(".", Some("three")).unwrap(), ["three"]);
        assert!(found("other", None).is_err());
    }

    #[test]
    fn a_folder_may_be_named_after_a_policy_or_its_file() {
        assert_eq!(found("all", Some("two")).unwrap(), ["pack/two"]);
        assert_eq!(found("all", Some("two-words")).unwrap(), ["pack/two"]);
        assert_eq!(found("all", Some("One")).unwrap(), ["one"]);
        let error = found("all", Some("tow")).unwrap_err();
        assert_eq!(error.message, "no policy beside `all/examples` is called `tow`");
    }
}
