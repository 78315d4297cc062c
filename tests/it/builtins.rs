//! The table of functions: all of OPA's are in it, and docs/builtins.md tells their state.

use std::collections::BTreeMap;

use manifestly::engine::builtins::{self, State};
use serde_json::Value;

use crate::run::root;

#[test]
fn all_of_opas_functions_are_known_with_their_arity() {
    let text = std::fs::read_to_string(root().join("fixtures/opa/builtins.json")).unwrap();
    let theirs: Vec<Value> = serde_json::from_str(&text).unwrap();
    let theirs: BTreeMap<&str, u64> = theirs
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["arity"].as_u64().unwrap()))
        .collect();
    let ours: BTreeMap<&str, u64> =
        builtins::all().map(|one| (one.name, one.arity as u64)).collect();
    assert_eq!(ours, theirs);
}

/// The page, as the table has it.
fn page() -> String {
    let mut functions: Vec<_> = builtins::all().collect();
    functions.sort_by_key(|one| one.name);
    let count = |wanted: fn(&State) -> bool| {
        functions.iter().filter(|one| wanted(&one.state)).count().to_string()
    };
    let rows = functions.iter().map(|one| {
        let state = match (one.state, one.note) {
            (State::Extension(whose), _) => whose.to_owned(),
            (State::Supported | State::Evaluator, "") => "as OPA".to_owned(),
            (State::Supported | State::Evaluator, note) => note.to_owned(),
            (State::Refused(why), _) => format!("refused: {why}"),
            (State::Unsupported(why), _) => format!("not yet: {why}"),
        };
        format!("| `{}` | {} | {state} |\n", one.name, one.arity)
    });
    let extensions =
        builtins::extensions().map(|one| format!("| `{}` | {} |\n", one.name, one.arity));
    include_str!("builtins.md.in")
        .replace("{all}", &functions.len().to_string())
        .replace("{called}", &count(|state| matches!(state, State::Supported | State::Evaluator)))
        .replace("{refused}", &count(|state| matches!(state, State::Refused(_))))
        .replace("{unsupported}", &count(|state| matches!(state, State::Unsupported(_))))
        .replace("{rows}", &rows.collect::<String>())
        .replace("{extensions}", &extensions.collect::<String>())
}

#[test]
fn the_page_about_functions_is_current() {
    // What this build has is not all that there is.
    if cfg!(not(feature = "crypto")) {
        return;
    }
    let path = root().join("docs/builtins.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page(), "docs/builtins.md is stale: UPDATE_DOCS=1 cargo test builtins");
}
