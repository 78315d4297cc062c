//! What another engine says of a query: the interpreter of regorus.
//!
//! It is asked for its opinion, not believed: where the two differ, OPA decides.

use serde_json::{Map, Value as Json, json};

use crate::engine::Row;
use crate::manifest::Node;
use crate::policy::PolicySet;
use crate::rego::RegoVersion;

/// The other engine's answer, beside ours.
#[derive(Debug)]
pub(super) struct SecondOpinion {
    theirs: Result<Json, String>,
    is_same: bool,
}

impl SecondOpinion {
    /// Asks regorus.
    pub(super) fn ask(
        policies: &PolicySet,
        query: &str,
        input: Option<&Node>,
        rows: &[Row],
    ) -> Self {
        let asked = std::panic::catch_unwind(|| answer(policies, query, input));
        let theirs = asked.unwrap_or_else(|_| Err("regorus panicked".to_owned()));
        let is_same = theirs.as_ref().is_ok_and(|theirs| *theirs == ours(rows));
        Self { theirs, is_same }
    }

    /// The field that a JSON answer gets.
    pub(super) fn json(&self) -> Json {
        match &self.theirs {
            _ if self.is_same => json!({"same": true}),
            Ok(solutions) => json!({"same": false, "solutions": solutions}),
            Err(error) => json!({"same": false, "error": error}),
        }
    }

    /// What follows an answer for people.
    pub(super) fn text(&self) -> String {
        match &self.theirs {
            _ if self.is_same => "\nregorus says the same\n".to_owned(),
            Ok(solutions) if solutions.as_array().is_some_and(Vec::is_empty) => {
                "\nregorus says that it is undefined\n".to_owned()
            }
            Ok(solutions) => format!("\nregorus says something else\n{solutions:#}\n"),
            Err(error) => format!("\nregorus fails\n{error}\n"),
        }
    }
}

/// An error of regorus in its words.
fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn answer(policies: &PolicySet, query: &str, input: Option<&Node>) -> Result<Json, String> {
    let mut engine = regorus::Engine::new();
    for module in &policies.modules {
        engine.set_rego_v0(module.version == RegoVersion::V0);
        let (name, text) = (module.source.name().to_owned(), module.source.text().to_owned());
        engine.add_policy(name, text).map_err(words)?;
    }
    engine.set_rego_v0(false);
    engine.add_data_json(&Json::Object((&policies.data).into()).to_string()).map_err(words)?;
    if let Some(input) = input {
        engine.set_input_json(&Json::from(input).to_string()).map_err(words)?;
    }
    let results = engine.eval_query(query.to_owned(), false).map_err(words)?;
    let solutions = results.result.into_iter().map(|found| {
        let json = |value: &regorus::Value| {
            let text = value.to_json_str().map_err(words)?;
            serde_json::from_str::<Json>(&text).map_err(words)
        };
        let value = found.expressions.last().map(|last| json(&last.value)).transpose()?;
        Ok(solution(value, json(&found.bindings)?))
    });
    solutions.collect::<Result<Vec<_>, String>>().map(Json::from)
}

fn solution(value: Option<Json>, bindings: Json) -> Json {
    let mut fields = Map::new();
    fields.extend(value.map(|value| ("value".to_owned(), value)));
    if bindings.as_object().is_some_and(|bindings| !bindings.is_empty()) {
        fields.insert("bindings".to_owned(), bindings);
    }
    fields.into()
}

fn ours(rows: &[Row]) -> Json {
    let solutions = rows.iter().map(|row| {
        let value = row.expressions.last().map(|last| last.value.to_serde());
        let bindings: Map<String, Json> =
            row.bindings.iter().map(|(name, value)| (name.to_string(), value.to_serde())).collect();
        solution(value, bindings.into())
    });
    solutions.collect()
}
