//! `with`: what stands in for the input, for data, for rules and for functions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::ir::{
    Callee, Expr, Mock, Program, Replacement, Rule, RuleId, Statement, Target,
};
use crate::engine::value::{NodeId, Value};
use crate::source::Span;

use super::memo::Memo;
use super::values::Values;
use super::{Evaluation, Then};

/// What stands in for what, while a `with` is in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Mocks {
    rules: HashMap<RuleId, RuleMock>,
    functions: HashMap<FunctionKey, FunctionMock>,
    /// Paths below `data` whose rules are hidden.
    data: Vec<Vec<Arc<str>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum FunctionKey {
    Rule(RuleId),
    Builtin(&'static str),
}

impl From<&Callee> for FunctionKey {
    fn from(callee: &Callee) -> Self {
        match callee {
            Callee::Rule(rule) => Self::Rule(*rule),
            Callee::Builtin(builtin) => Self::Builtin(builtin.name),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum FunctionMock {
    Value(Value),
    /// A rule, or a document below `data`.
    Rule(RuleId),
    Document(Vec<Arc<str>>),
    Function(Callee),
}

/// What a rule's value is instead.
#[derive(Clone, Debug)]
pub(super) enum RuleMock {
    Value(Value),
    /// A base document, where the rule is hidden.
    Base(Vec<Arc<str>>),
}

impl RuleMock {
    pub(super) fn value(self, eval: &Evaluation<'_>) -> Option<Value> {
        match self {
            Self::Base(path) => eval.base_document(&path),
            Self::Value(value) => Some(value),
        }
    }
}

impl Mocks {
    #[inline]
    pub(super) fn function(&self, callee: &Callee) -> Option<&FunctionMock> {
        if self.functions.is_empty() { None } else { self.functions.get(&callee.into()) }
    }

    #[inline]
    pub(super) fn rule(&self, id: RuleId, rule: &Rule) -> Option<RuleMock> {
        if self.rules.is_empty() && self.data.is_empty() {
            return None;
        }
        self.mocked(id, rule)
    }

    fn mocked(&self, id: RuleId, rule: &Rule) -> Option<RuleMock> {
        if let Some(mock) = self.rules.get(&id) {
            return Some(mock.clone());
        }
        self.hides(&rule.path).then(|| RuleMock::Base(rule.path.clone()))
    }

    pub(super) fn hides(&self, path: &[Arc<str>]) -> bool {
        self.data.iter().any(|hidden| path.starts_with(hidden))
    }
}

impl<'p> Evaluation<'p> {
    /// Statements under replacements; `then` sees the world as it was.
    pub(super) fn with(
        &mut self,
        replacements: &'p [Replacement],
        body: &'p [Statement],
        then: Then<'_, 'p>,
    ) -> bool {
        // What is seen in another world is not of the input's sort.
        self.varies.set(true);
        self.each_mock(replacements, Vec::new(), &mut |eval, values| {
            for replacement in replacements {
                if let Target::Nothing(span) = replacement.target {
                    return eval.fail_at("bad document path: it is made of strings alone", span);
                }
            }
            let mut world = Box::new(eval.replaced_world(replacements, values));
            std::mem::swap(&mut world, &mut eval.world);
            let stop = eval.body(body, &mut |eval| {
                std::mem::swap(&mut world, &mut eval.world);
                let stop = then(eval);
                std::mem::swap(&mut world, &mut eval.world);
                stop
            });
            std::mem::swap(&mut world, &mut eval.world);
            stop
        })
    }

    fn each_mock(
        &mut self,
        replacements: &'p [Replacement],
        known: Vec<Option<Value>>,
        next: &mut dyn FnMut(&mut Self, Vec<Option<Value>>) -> bool,
    ) -> bool {
        let Some(replacement) = replacements.get(known.len()) else { return next(self, known) };
        let mut go_on = |eval: &mut Self, value: Option<Value>| {
            let mut known = known.clone();
            known.push(value);
            eval.each_mock(replacements, known, next)
        };
        match &replacement.value {
            Mock::Function(_) | Mock::Lookup(_) => go_on(self, None),
            Mock::Value(expr) => self.each(expr, &mut |eval, value| go_on(eval, Some(value))),
        }
    }

    fn replaced_world(&self, replacements: &[Replacement], values: Vec<Option<Value>>) -> World {
        let mut input = self.world.input.clone();
        let mut data = self.world.data.clone();
        let mut mocks = Mocks::clone(&self.world.mocks);
        for (replacement, value) in replacements.iter().zip(values) {
            let function = match (&replacement.value, value.clone()) {
                (Mock::Function(callee), _) => Some(FunctionMock::Function(*callee)),
                (Mock::Lookup(Expr::Rule(rule)), _) => Some(FunctionMock::Rule(*rule)),
                (Mock::Lookup(Expr::Document(path)), _) => {
                    Some(FunctionMock::Document(path.clone()))
                }
                (_, value) => value.map(FunctionMock::Value),
            };
            match (&replacement.target, value) {
                (Target::Input(path), Some(value)) => input = Some(replaced(input, path, &value)),
                (Target::Data(path), Some(value)) => {
                    let keys: Vec<_> = path
                        .iter()
                        .map(|part| Value::String(NodeId::default(), Arc::clone(part)))
                        .collect();
                    data = Some(replaced(data, &keys, &value));
                    mocks.data.push(path.clone());
                }
                (Target::Builtin(name), _) => {
                    mocks.functions.extend(function.map(|mock| (FunctionKey::Builtin(name), mock)));
                }
                (Target::Rule(rule), value) => {
                    mocks.rules.extend(value.map(|value| (*rule, RuleMock::Value(value))));
                    mocks.functions.extend(function.map(|mock| (FunctionKey::Rule(*rule), mock)));
                }
                (Target::Input(_) | Target::Data(_), None) | (Target::Nothing(_), _) => {}
            }
        }
        let values = self.world.values.as_new();
        let empty_set = self.world.empty_set.clone();
        let (mocks, memo) = (Arc::new(mocks), Memo::default());
        let (file, is_ready, is_real) = (None, true, false);
        World { input, data, mocks, values, memo, file, is_ready, is_real, empty_set }
    }

    pub(super) fn call_mock(
        &mut self,
        mock: FunctionMock,
        args: &[Value],
        span: Span,
    ) -> Option<Value> {
        let callee = match mock {
            FunctionMock::Value(value) => return Some(value),
            FunctionMock::Rule(rule) => return self.rule(rule),
            FunctionMock::Document(path) => return self.document(&path),
            FunctionMock::Function(callee) => callee,
        };
        // What stands in calls the real functions: its own calls are not replaced again.
        let rules = self.world.mocks.rules.clone();
        let data = self.world.mocks.data.clone();
        let mocks = Arc::new(Mocks { rules, data, functions: HashMap::new() });
        let values = self.world.values.as_new();
        let mocks = std::mem::replace(&mut self.world.mocks, mocks);
        let values = std::mem::replace(&mut self.world.values, values);
        let memo = std::mem::take(&mut self.world.memo);
        let value = match callee {
            Callee::Rule(rule) => self.function(rule, &mut args.to_vec()),
            Callee::Builtin(builtin) => self.builtin(builtin, args, span),
        };
        self.world.mocks = mocks;
        self.world.values = values;
        self.world.memo = memo;
        value
    }
}

/// What an evaluation sees: its documents, what stands in for what, and the values of rules as far
/// as they are known. It changes places with another while a `with` is in force.
#[derive(Clone, Debug)]
pub(in crate::engine) struct World {
    pub(super) input: Option<Value>,
    pub(super) data: Option<Value>,
    pub(super) mocks: Arc<Mocks>,
    /// The values of rules, once found.
    pub(super) values: Values,
    /// What functions gave.
    pub(super) memo: Memo,
    /// What `data.conftest.file` is, where a policy asks.
    file: Option<Value>,
    /// Whether it has the program's data and room for its rules.
    is_ready: bool,
    /// Whether it is the input's own, in which nothing stands in for anything.
    pub(super) is_real: bool,
    /// What most rules find, made once.
    pub(super) empty_set: Value,
}

impl Default for World {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl World {
    pub(in crate::engine) fn new(input: Option<Value>, file: Option<Value>) -> Self {
        Self {
            input,
            data: None,
            mocks: Arc::default(),
            values: Values::default(),
            memo: Memo::default(),
            file,
            is_ready: false,
            is_real: true,
            empty_set: Value::sorted_set(Vec::new()),
        }
    }

    /// The world of another input, in the room that this one took. What lasts stays known, unless
    /// it is to be found out anew.
    pub(super) fn renew(&mut self, input: Option<Value>, file: Option<Value>, anew: bool) {
        let mut memo = std::mem::take(&mut self.memo);
        memo.clear();
        let mut values = std::mem::take(&mut self.values);
        if anew {
            values.clear_all();
        } else {
            values.clear();
        }
        *self = Self { values, memo, ..Self::new(input, file) };
    }

    /// Makes it ready for a program's rules, with the program's data.
    pub(super) fn prepare(&mut self, program: &Program) {
        let numbers = program.rules.len() + program.guards;
        if self.values.len() != numbers {
            self.values = Values::of(numbers);
        }
        if !std::mem::replace(&mut self.is_ready, true) {
            self.data.clone_from(&program.data);
            if let Some(file) = self.file.take() {
                let path = ["conftest", "file"].map(Value::string);
                self.data = Some(replaced(self.data.take(), &path, &file));
            }
        }
    }
}

/// A document with another value at a path; what is in the way gives way.
fn replaced(document: Option<Value>, path: &[Value], value: &Value) -> Value {
    let Some((key, rest)) = path.split_first() else { return value.clone() };
    let mut fields = match &document {
        Some(Value::Object(_, fields)) => fields.to_vec(),
        _ => Vec::new(),
    };
    match fields.binary_search_by(|(known, _)| known.cmp(key)) {
        Ok(at) => fields[at].1 = replaced(Some(fields[at].1.clone()), rest, value),
        Err(at) => fields.insert(at, (key.clone(), replaced(None, rest, value))),
    }
    Value::object_of_last(fields)
}
