//! The functions that policies call, each as OPA has it.
//!
//! ```
//! use manifestly::engine::builtins::{self, Caches, Context};
//! use manifestly::engine::value::Value;
//!
//! let mut caches = Caches::default();
//! let mut context = Context::new(&mut caches, 0, 0);
//! let upper = builtins::lookup("upper").unwrap();
//! let result = (upper.function)(&mut context, &[Value::string("pod")]);
//! assert_eq!(result, Ok(Some(Value::string("POD"))));
//! ```

// Every function has the signature that the table wants, also where it can't fail.
#![allow(clippy::unnecessary_wraps)]

mod aggregates;
pub mod arithmetic;
mod arrays;
mod aws;
mod bits;
mod bytes;
mod comparison;
mod context;
mod conversions;
mod crypto;
mod encoding;
mod glob;
mod graph;
mod json;
mod jwt;
mod net;
mod numbers;
mod objects;
mod operand;
mod patch;
#[cfg(feature = "crypto")]
mod pki;
mod places;
mod regex;
mod schema;
mod semver;
mod sets;
mod sprintf;
mod strings;
mod syntax;
mod table;
mod template;
mod time;
mod types;
mod units;
mod uri;
mod uuid;
mod yaml;

pub use context::{Caches, Context};
pub use table::{all, extensions, lookup};

use std::sync::Arc;

use super::value::Value;

/// What a call gave: a value, or nothing where the function is undefined.
pub type Outcome = Result<Option<Value>, BuiltinError>;

/// A function of the table.
pub type Function = fn(&mut Context<'_>, &[Value]) -> Outcome;

/// What a function tells of two strings.
pub(in crate::engine) type Glance = fn(&str, &str) -> bool;

/// Where so many texts go in a format, as many verbs of two bytes; `None` where it wants more than
/// that.
pub(in crate::engine) type Fill = fn(&mut Context<'_>, &Arc<str>, usize) -> Option<Arc<[usize]>>;

/// Why a call has no value. It leaves the expression undefined, unless it ends the evaluation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BuiltinError {
    /// What is wrong.
    pub message: String,
    /// Whether the evaluation may not go on: a limit was hit.
    pub halts: bool,
}

impl BuiltinError {
    /// An error that leaves the expression undefined.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), halts: false }
    }
}

impl From<super::number::ArithmeticError> for BuiltinError {
    fn from(error: super::number::ArithmeticError) -> Self {
        Self::new(error.to_string())
    }
}

/// Whether a builtin can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As OPA does it.
    Supported,
    /// Done where expressions are evaluated, since it needs to know the rule, its body or the
    /// order of evaluation; [`Builtin::function`] does not do it.
    Evaluator,
    /// A function that OPA does not have, and who has it.
    Extension(&'static str),
    /// Never, for the reason given.
    Refused(&'static str),
    /// Not yet, for the reason given.
    Unsupported(&'static str),
}

/// One function that policies can call.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name in Rego.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: usize,
    /// What it does. Fails where [`Builtin::state`] says that it can't be called.
    pub function: Function,
    /// The same for two strings, of a function that only looks at them.
    pub(in crate::engine) glance: Option<Glance>,
    /// The same for a format and a list of texts, where it just puts these in.
    pub(in crate::engine) fill: Option<Fill>,
    /// Whether what it gave for the very same arguments is worth keeping, as it is of what takes
    /// texts apart.
    pub(in crate::engine) is_kept: bool,
    /// Whether it can be called.
    pub state: State,
    /// What differs from OPA though it can be called; mostly nothing.
    pub note: &'static str,
}

impl Builtin {
    const fn supported(name: &'static str, arity: usize, function: Function) -> Self {
        let state = State::Supported;
        Self { name, arity, function, glance: None, fill: None, is_kept: false, state, note: "" }
    }

    const fn without(name: &'static str, arity: usize, state: State) -> Self {
        Self { state, ..Self::supported(name, arity, unavailable) }
    }

    const fn glancing(mut self, glance: Glance) -> Self {
        self.glance = Some(glance);
        self
    }

    const fn filling(mut self, fill: Fill) -> Self {
        self.fill = Some(fill);
        self
    }

    const fn kept(mut self) -> Self {
        self.is_kept = true;
        self
    }

    const fn noting(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }
}

fn unavailable(_: &mut Context<'_>, _: &[Value]) -> Outcome {
    Err(BuiltinError::new("the function can't be called"))
}

/// Wraps what most functions end with.
fn some(value: impl Into<Value>) -> Outcome {
    Ok(Some(value.into()))
}

#[cfg(test)]
mod testing {
    use super::{Caches, Context, Outcome, Value, lookup};

    /// Calls a builtin.
    pub(super) fn call(name: &str, arguments: &[Value]) -> Outcome {
        let mut caches = Caches::default();
        let mut context = Context::new(&mut caches, 1_700_000_000_123_456_789, 7);
        let builtin = lookup(name).unwrap_or_else(|| panic!("{name} is not in the table"));
        (builtin.function)(&mut context, arguments)
    }

    /// The value that JSON text stands for.
    pub(super) fn json(text: &str) -> Value {
        super::json::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// Calls a builtin on JSON and gives its value as Rego writes it.
    pub(super) fn eval(name: &str, arguments: &[&str]) -> String {
        let arguments: Vec<Value> = arguments.iter().map(|text| json(text)).collect();
        match call(name, &arguments) {
            Ok(Some(value)) => value.to_string(),
            Ok(None) => "undefined".to_owned(),
            Err(error) => format!("error: {error}"),
        }
    }
}
