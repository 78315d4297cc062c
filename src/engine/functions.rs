//! Calls of functions that nobody defines. The interpreter would meet them only when it gets
//! there, and a rule that rarely gets there would pass for as long.

use std::collections::BTreeSet;

use crate::rego::{Call, Module, PolicyError};

/// Every call that leads nowhere, located.
pub(super) fn unknown(modules: &[Module]) -> Vec<PolicyError> {
    let defined: BTreeSet<String> = modules
        .iter()
        .flat_map(|module| {
            let package = module.package.join(".");
            let functions = module.rules.iter().filter_map(|rule| rule.function.as_deref());
            functions.map(move |function| format!("data.{package}.{function}"))
        })
        .collect();
    let mut errors = Vec::new();
    for module in modules {
        for call in &module.calls {
            let name = full_name(module, &call.name);
            let known = is_builtin(&call.name)
                || defined.contains(&name)
                || defined.contains(&format!("data.{}.{name}", module.package.join(".")));
            if !known {
                errors.push(unknown_call(module, call, &defined));
            }
        }
    }
    errors
}

/// A name with what its first part was imported as.
fn full_name(module: &Module, name: &str) -> String {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    match module.imports.iter().find(|import| import.name == first) {
        Some(import) if rest.is_empty() => import.path.clone(),
        Some(import) => format!("{}.{rest}", import.path),
        None => name.to_owned(),
    }
}

fn is_builtin(name: &str) -> bool {
    // Part of the language rather than of the table.
    matches!(name, "print" | "walk") || regorus::unstable::BUILTINS.contains_key(name)
}

fn unknown_call(module: &Module, call: &Call, defined: &BTreeSet<String>) -> PolicyError {
    let message = format!("the policy does not compile: there is no function `{}`", call.name);
    let error = PolicyError::at(message, &module.source, call.span);
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let wanted = last(&call.name);
    let nearest = defined
        .iter()
        .map(String::as_str)
        .chain(regorus::unstable::BUILTINS.keys().copied())
        .map(|name| (strsim::damerau_levenshtein(&wanted, &last(name)), name))
        .filter(|(distance, name)| *distance <= last(name).len() / 3)
        .min();
    match nearest {
        Some((_, name)) => error.with_help(format!("did you mean `{name}`?")),
        None => error,
    }
}
