//! Why a query has its answer, in words and as JSON.

use serde_json::{Map, Value as Json, json};

use crate::engine::{Coverage, ExplainedBody, ExplainedRule, Explanation, Proof};
use crate::manifest::{Node, Pointer};

#[cfg(feature = "second-opinion")]
use super::second_opinion::SecondOpinion;

/// How much of a value is shown on a line.
const SHOWN: usize = 60;

/// What is told beside the answer.
#[derive(Debug)]
pub(super) struct Why {
    pub(super) explanation: Option<(Explanation, Proof)>,
    pub(super) coverage: Option<Coverage>,
    #[cfg(feature = "second-opinion")]
    pub(super) second_opinion: Option<SecondOpinion>,
}

impl Why {
    /// The fields that a JSON answer gets.
    pub(super) fn json(&self, input: Option<&Node>) -> Map<String, Json> {
        let mut fields = Map::new();
        if let Some((explanation, proof)) = &self.explanation {
            let rules: Vec<Json> = explanation.rules.iter().map(rule_json).collect();
            let paths =
                |paths: &[Pointer]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
            let read: Map<String, Json> = proof
                .used
                .iter()
                .chain(&proof.printed)
                .filter_map(|path| Some((path.to_string(), Json::from(input?.at(&path.0)?))))
                .collect();
            fields.insert(
                "explanation".into(),
                json!({
                    "rules": rules,
                    "read": read,
                    "stepped": paths(&proof.stepped),
                    "missing": paths(&proof.missing),
                    "whole": proof.is_whole,
                }),
            );
        }
        if let Some(coverage) = &self.coverage {
            fields.insert("coverage".into(), json!(coverage));
        }
        #[cfg(feature = "second-opinion")]
        if let Some(opinion) = &self.second_opinion {
            fields.insert("second_opinion".into(), opinion.json());
        }
        fields
    }

    /// What follows an answer for people.
    pub(super) fn text(&self, input: Option<&Node>) -> String {
        let mut text = String::new();
        if let Some((explanation, proof)) = &self.explanation {
            for rule in &explanation.rules {
                text.push_str(&rule_text(rule));
            }
            text.push_str(&proof_text(proof, input));
        }
        if let Some(coverage) = &self.coverage {
            let (covered, lines) = coverage.count();
            text.push_str(&format!("\n{covered} of {lines} lines were evaluated\n"));
            for (name, file) in &coverage.files {
                let gaps = file.gaps();
                if !gaps.is_empty() {
                    text.push_str(&format!("  {name}: {gaps}\n"));
                }
            }
        }
        #[cfg(feature = "second-opinion")]
        if let Some(opinion) = &self.second_opinion {
            text.push_str(&opinion.text());
        }
        text
    }
}

fn rule_json(rule: &ExplainedRule) -> Json {
    let mut fields = Map::new();
    fields.insert("rule".into(), rule.name.clone().into());
    if let Some(value) = &rule.value {
        fields.insert("value".into(), value.to_serde());
    }
    let bodies: Vec<Json> = rule.bodies.iter().map(body_json).collect();
    fields.insert("bodies".into(), bodies.into());
    fields.into()
}

fn body_json(body: &ExplainedBody) -> Json {
    let line = |start: usize| body.source.position(start).line;
    let statements = body.statements.iter().map(|statement| {
        json!({
            "line": line(statement.span.start),
            "text": body.source.slice(statement.span),
            "reached": statement.reached,
            "held": statement.held,
        })
    });
    json!({
        "file": body.source.name(),
        "line": line(body.head.start),
        "else": body.is_else,
        "begun": body.begun,
        "results": body.results,
        "statements": statements.collect::<Vec<_>>(),
    })
}

fn rule_text(rule: &ExplainedRule) -> String {
    let value = match &rule.value {
        _ if rule.is_function => "is a function".to_owned(),
        None => "is undefined".to_owned(),
        Some(value) => format!("is {}", shortened(&value.to_string())),
    };
    let mut text = format!("\n{} {value}\n", rule.name);
    for body in rule.bodies.iter().filter(|body| body.begun > 0) {
        let line = body.source.position(body.head.start).line;
        let otherwise = if body.is_else { " (else)" } else { "" };
        text.push_str(&format!("  {}:{line}{otherwise}\n", body.source.name()));
        for statement in &body.statements {
            let (mark, count) = match (statement.reached, statement.held) {
                (0, _) => (' ', "not reached".to_owned()),
                (reached, 0) => ('×', format!("never held, of {reached}")),
                (1, 1) => ('✓', String::new()),
                (reached, held) if held > reached => ('✓', format!("in {held} ways")),
                (reached, held) => ('✓', format!("{held} of {reached}")),
            };
            let written = shortened(&words(body.source.slice(statement.span)));
            text.push_str(format!("    {mark} {written:<SHOWN$}  {count}").trim_end());
            text.push('\n');
        }
        let results = match body.results {
            0 => "no result".to_owned(),
            1 => "1 result".to_owned(),
            results => format!("{results} results"),
        };
        text.push_str(&format!("    = {results}\n"));
    }
    text
}

fn proof_text(proof: &Proof, input: Option<&Node>) -> String {
    let mut text = String::new();
    let value = |path: &Pointer| {
        let found = input.and_then(|input| input.at(&path.0));
        found.map_or_else(String::new, |node| shortened(&Json::from(node).to_string()))
    };
    let read: std::collections::BTreeSet<&Pointer> =
        proof.used.iter().chain(&proof.printed).collect();
    if !read.is_empty() {
        text.push_str("\nread of the input\n");
        for path in read {
            text.push_str(&format!("  {path} = {}\n", value(path)));
        }
    }
    if !proof.missing.is_empty() {
        text.push_str("\nlooked for in vain\n");
        proof.missing.iter().for_each(|path| text.push_str(&format!("  {path}\n")));
    }
    if !proof.is_whole {
        text.push_str("\nand more, for which there was no room\n");
    }
    text
}

/// A statement on one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN - 2).chain("..".chars()).collect()
}
