//! Queries: statements that are asked by themselves, as `opa eval` asks them.
//!
//! ```
//! use std::sync::Arc;
//!
//! use manifestly::engine::{EngineLimits, Program};
//! use manifestly::policy::PolicySet;
//! use manifestly::rego::RegoVersion;
//! use manifestly::source::SourceText;
//!
//! let policies = PolicySet::new(Vec::new(), serde_json::Map::new()).unwrap();
//! let program = Program::compile(&policies, EngineLimits::default()).unwrap();
//! let text = Arc::new(SourceText::new("query", "x := [1, 2][_]; x * 2"));
//! let query = program.query(&text, RegoVersion::V1, None, &[]).unwrap();
//! let rows = program.evaluator().query(&query).unwrap();
//! assert_eq!(rows[1].bindings["x"].to_string(), "2");
//! assert_eq!(rows[1].expressions[1].value.to_string(), "4");
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::source::{SourceText, Span};

use super::ir;
use super::value::Value;

/// A compiled query. It belongs to the [`Program`](super::Program) that it was compiled with.
#[derive(Debug)]
pub struct Query {
    pub(super) text: Arc<SourceText>,
    pub(super) compiled: ir::Query,
}

/// One way in which a query holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its statements with their values, in order.
    pub expressions: Vec<Expression>,
    /// Its variables.
    pub bindings: BTreeMap<Arc<str>, Value>,
}

/// A statement of a query and the value it had.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// The statement as it is written.
    pub text: String,
    /// Where it stands in the query.
    pub span: Span,
    /// Its value; `true` for statements that have none, such as `x := 1`.
    pub value: Value,
}

impl Row {
    /// Whether it would hold as the body of a rule: none of its statements is false.
    pub(crate) fn holds(&self) -> bool {
        self.expressions.iter().all(|expression| expression.value.as_bool() != Some(false))
    }
}

impl Query {
    /// What is told of one way in which the query holds, by the values of its slots.
    pub(super) fn row(&self, slots: Vec<Value>) -> Row {
        let value = |slot: usize| slots.get(slot).cloned().unwrap_or(Value::NULL);
        let expression = |(span, slot): &(Span, Option<usize>)| Expression {
            text: self.text.slice(*span).to_owned(),
            span: *span,
            value: slot.map_or(Value::bool(true), value),
        };
        let bindings = self.compiled.bindings.iter();
        Row {
            expressions: self.compiled.expressions.iter().map(expression).collect(),
            bindings: bindings.map(|(name, slot)| (Arc::clone(name), value(*slot))).collect(),
        }
    }
}
