//! The cases of suites as examples, for those who show them.

use std::path::Path;

use rayon::prelude::*;

use crate::check::{Checker, Options};
use crate::manifest::Resource;
use crate::policy::PolicySet;
use crate::policy::examples::{Example, Kind};
use crate::policy::gatekeeper::{self, CONSTRAINTS};
use crate::rego::{PolicyError, PolicyErrors};
use crate::source::{Input, SourceFile, Walk, display_name};
use crate::testing::Shown;

use super::read::{Case, Reference, SuiteTest};

/// Judges the cases of the suites below paths that are about constraints that are wanted. What is
/// wrong with suites is for `manifestly test` to tell.
pub(in crate::testing) fn shown<P: AsRef<Path>>(
    paths: &[P],
    wants: &(dyn Fn(&str) -> bool + Sync),
) -> Vec<Shown> {
    let Ok(walk) = Walk::new(&["yaml", "yml"], &[], Path::new("")) else { return Vec::new() };
    let (files, _) = walk.files(paths);
    let of_file = |file: &SourceFile| -> Vec<Shown> {
        let (suites, _) = super::read(file);
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let tests = suites.into_iter().filter(|suite| !suite.skip).flat_map(|suite| suite.tests);
        let tests = tests.filter(|test| !test.skip && !test.invalid);
        tests.flat_map(|test| of_test(test, folder, wants)).collect()
    };
    files.par_iter().flat_map_iter(of_file).collect()
}

fn of_test(test: SuiteTest, folder: &Path, wants: &(dyn Fn(&str) -> bool + Sync)) -> Vec<Shown> {
    let path = |reference: &Reference| folder.join(&reference.path);
    let files: Vec<_> = [Some(&test.template), Some(&test.constraint), test.expansion.as_ref()]
        .into_iter()
        .flatten()
        .map(path)
        .collect();
    let documents = gatekeeper::read(&files, &mut Vec::new());
    let ids: Vec<String> = documents.iter().flat_map(ids).collect();
    if !ids.iter().any(|id| wants(id)) {
        return Vec::new();
    }
    let shown = |case: &Case| {
        let file = path(&case.object);
        let name = display_name(&file);
        let inputs = vec![Input::File(SourceFile { name, path: file.clone() })];
        let kind = if case.expects_none() { Kind::Good } else { Kind::Bad };
        let name = format!("{}/{}", test.name, case.name);
        let example = Example { kind, name, path: file, inputs };
        let inventory = case.inventory.iter().map(path).collect();
        let options = Options { inventory, ..Options::default() };
        let (violations, faults) = match judged(&documents, &example, options) {
            Ok(violations) => (violations, Vec::new()),
            Err(faults) => (Vec::new(), faults.0),
        };
        Shown { ids: ids.clone(), example, violations, faults }
    };
    test.cases.iter().filter(|case| !case.skip).map(shown).collect()
}

fn judged(
    documents: &[Resource],
    example: &Example,
    options: Options,
) -> Result<Vec<crate::check::Finding>, PolicyErrors> {
    let set = PolicySet { gatekeeper: documents.to_vec(), ..PolicySet::default() };
    let report = Checker::with_options(set, options)?.check(&example.inputs, Vec::new(), &|| {});
    let errors: Vec<_> = report.errors.iter().cloned().map(PolicyError::from).collect();
    if errors.is_empty() { Ok(report.findings) } else { Err(PolicyErrors(errors)) }
}

/// What catalogues call a constraint and its template.
fn ids(resource: &Resource) -> Vec<String> {
    if resource.id.group() == CONSTRAINTS {
        vec![format!("{}/{}", resource.id.kind, resource.id.name), resource.id.kind.clone()]
    } else {
        Vec::new()
    }
}
