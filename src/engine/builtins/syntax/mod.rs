//! `rego.parse_module`: the syntax tree of a file, as OPA writes it in JSON.

mod order;
mod rules;
mod statements;
mod terms;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};
use crate::rego::ast::{Import, Module};
use crate::rego::{self, RegoVersion};
use crate::source::{SourceText, Span};

pub(super) const BUILTINS: &[Builtin] = &[Builtin::supported("rego.parse_module", 2, parse_module)];

fn parse_module(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let (name, text) = (operand::string(args, 0)?, operand::string(args, 1)?);
    context.tick(text.len())?;
    let source = Arc::new(SourceText::new(name, text));
    let module = rego::syntax(&source, RegoVersion::V1).map_err(|error| {
        let line = error.span.map_or(1, |span| source.position(span.start).line);
        BuiltinError::new(format!("{name}:{line}: rego_parse_error: {error}"))
    })?;
    let mut writer = Writer { source: &source, wildcards: 0, fault: None };
    let written = crate::stack::deep(|| writer.module(&module));
    writer.fault.map_or_else(|| some(written), |fault| Err(BuiltinError::new(fault)))
}

/// Writes the tree of a file. What is read first is written first, since wildcards are numbered.
struct Writer<'w> {
    source: &'w SourceText,
    wildcards: usize,
    /// What can't be written in JSON.
    fault: Option<String>,
}

impl Writer<'_> {
    fn module(&mut self, module: &Module) -> Value {
        let mut fields = vec![field("package", package(module))];
        let imports: Vec<Value> = module.imports.iter().map(import).collect();
        let rules = self.rules(&module.rules);
        let comments: Vec<Value> = module.comments.iter().map(|span| self.comment(*span)).collect();
        for (name, list) in [("imports", imports), ("rules", rules), ("comments", comments)] {
            if !list.is_empty() {
                fields.push(field(name, Value::array(list)));
            }
        }
        Value::object_of_last(fields)
    }

    fn comment(&self, span: Span) -> Value {
        let text = self.source.slice(span).get(1..).unwrap_or_default();
        let text = match text.trim_end_matches('\r') {
            // The first of carriage returns that stand alone is kept, unless it is the only one.
            "" if text.len() > 1 => "\r",
            trimmed => trimmed,
        };
        let start = self.source.position(span.start);
        let location = Value::record([
            ("file", Value::string(self.source.name())),
            ("row", Value::from(start.line)),
            ("col", Value::from(start.column)),
        ]);
        Value::record([("Text", Value::string(STANDARD.encode(text))), ("Location", location)])
    }
}

fn package(module: &Module) -> Value {
    let mut path = vec![terms::variable("data")];
    path.extend(module.package.iter().map(|part| terms::string(part)));
    Value::record([("path", Value::array(path))])
}

fn import(import: &Import) -> Value {
    let mut path = import.path.iter();
    let root = path.next().map(|root| terms::variable(root));
    let parts = root.into_iter().chain(path.map(|part| terms::string(part)));
    let mut fields = vec![field("path", terms::typed("ref", Value::array(parts.collect())))];
    if let Some(alias) = &import.alias {
        fields.push(field("alias", Value::string(Arc::clone(alias))));
    }
    Value::object_of_last(fields)
}

fn field(name: &str, value: Value) -> (Value, Value) {
    (Value::string(name), value)
}

#[cfg(test)]
mod tests {
    use super::super::testing::call;
    use super::Value;

    fn parsed(text: &str) -> Value {
        let arguments = [Value::string("x.rego"), Value::string(text)];
        call("rego.parse_module", &arguments).unwrap().unwrap()
    }

    fn rules(text: &str) -> Vec<String> {
        let module = parsed(&format!("package p\n\n{text}\n"));
        let rules = module.field("rules").and_then(Value::as_array).unwrap();
        rules.iter().map(Value::to_json_string).collect()
    }

    #[test]
    fn modules_are_those_of_opa() {
        let module = parsed("# a\r\npackage p[\"q-r\"]\n\nimport data.x as y #\nimport rego.v1\n");
        insta::assert_snapshot!(module.to_json_pretty());
    }

    #[test]
    fn rules_are_those_of_opa() {
        insta::assert_snapshot!(rules(
            "default f(_) := 1\np contains x if some x in input.y\nq[x] := y if { x := [_, _]; y = -1 }\n\
             r.s.t := {2, 1, 2}\ng(x) if not x else = 2 if { x == 1 } else := {\"a\": data}\n\
             h := {a: b | every a, b in x { f(_) with input as $\"{a}b\" }}"
        )
        .join("\n"));
    }

    #[test]
    fn what_does_not_parse_is_an_error() {
        let arguments = [Value::string("x.rego"), Value::string("package p\n\np := \n")];
        let error = call("rego.parse_module", &arguments).unwrap_err();
        assert!(error.message.starts_with("x.rego:"), "{error}");
    }
}
