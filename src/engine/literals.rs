//! The literals of a rule and of those it asks: what it may compare its input with.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use super::compile::visit::{self, Visitor};
use super::ir::{Callee, Expr, Found, Program, RuleId, Slot, Statement};
use super::value::{Member as _, Value, with_room};
use crate::rego::ast::Infix;

/// The most literals that are told.
const MOST: usize = 96;
/// The most that are taken from what a policy is given.
const GIVEN: usize = 16;

/// Literals: scalars, each once, also those in what the data say. The keys of paths are none, nor
/// are messages.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    /// Those that stand nearest to the rule first.
    pub(crate) all: Vec<Value>,
    /// What fields are compared with, by their names.
    fields: Arc<BTreeMap<Arc<str>, Compared>>,
}

#[derive(Debug, Default)]
struct Compared {
    all: Vec<Value>,
    /// Those that it is held against as a whole, not looked for in it.
    whole: BTreeSet<Value>,
}

impl Literals {
    /// The same, with those of a value before them: what a policy is given beside its input.
    pub(crate) fn with(&self, given: &Value) -> Self {
        let mut all = Vec::new();
        each_scalar(given, &mut |scalar| {
            if all.len() < GIVEN && !all.contains(scalar) {
                all.push(scalar.clone());
            }
        });
        let own: Vec<_> = self.all.iter().filter(|own| !all.contains(own)).cloned().collect();
        all.extend(own);
        Self { all, fields: Arc::clone(&self.fields) }
    }

    /// Whether the field of a name is held against the value as it is.
    pub(crate) fn may_be(&self, name: &str, value: &Value) -> bool {
        self.fields.get(name).is_some_and(|compared| compared.whole.contains(value))
    }

    /// What the field of a name is compared with.
    pub(crate) fn of_field(&self, name: &str) -> &[Value] {
        self.fields.get(name).map(|compared| compared.all.as_slice()).unwrap_or_default()
    }
}

/// The literals of a rule and of those it asks.
pub(super) fn of(program: &Program, rule: RuleId) -> Literals {
    let mut finder = Finder {
        program,
        found: Vec::new(),
        compared: BTreeMap::new(),
        known: BTreeSet::new(),
        rules: [rule].into(),
        fields: HashMap::new(),
    };
    let mut seen = BTreeSet::new();
    while let Some(rule) = finder.rules.pop_front() {
        if !seen.insert(rule) {
            continue;
        }
        let rule = &program.rules[rule];
        for clause in rule.clauses.iter().chain(&rule.default) {
            finder.fields.clear();
            visit::clause(&mut finder, clause);
        }
        if finder.found.len() >= MOST {
            break;
        }
    }
    Literals { all: finder.found, fields: Arc::new(finder.compared) }
}

struct Finder<'p> {
    program: &'p Program,
    found: Vec<Value>,
    compared: BTreeMap<Arc<str>, Compared>,
    known: BTreeSet<Value>,
    /// Rules that are asked, and not gone through yet.
    rules: VecDeque<RuleId>,
    /// The fields that variables of the clause are read from.
    fields: HashMap<Slot, Arc<str>>,
}

impl Finder<'_> {
    fn take(&mut self, value: &Value) {
        if self.found.len() >= MOST {
            return;
        }
        each_scalar(value, &mut |scalar| {
            if self.known.insert(scalar.clone()) {
                self.found.push(scalar.clone());
            }
        });
    }

    fn data(&self, path: &[impl AsRef<str>]) -> Option<&Value> {
        let data = self.program.data.as_ref()?;
        path.iter().try_fold(data, |value, key| value.field(key.as_ref()))
    }

    /// A constant, or what the data say.
    fn known_value(&self, expr: &Expr) -> Option<Value> {
        match expr {
            Expr::Constant(value) => Some(value.clone()),
            Expr::Single(inner) => self.known_value(inner),
            Expr::Document(path) => self.data(path).cloned(),
            Expr::Get(base, keys) => match &**base {
                Expr::Document(path) => {
                    let more: Vec<_> = keys.iter().map_while(Expr::constant).collect();
                    let more = more.iter().map_while(Value::as_str);
                    let path: Vec<_> = path.iter().map(|part| &**part).chain(more).collect();
                    self.data(&path).cloned()
                }
                _ => None,
            },
            Expr::Array(_) | Expr::Set(_) => expr.constant(),
            _ => None,
        }
    }

    /// The name of the field that a term reads.
    fn field(&self, expr: &Expr) -> Option<Arc<str>> {
        match expr {
            Expr::Single(inner) => self.field(inner),
            Expr::Slot(slot) => self.fields.get(slot).cloned(),
            Expr::Get(_, keys) => keys.iter().rev().find_map(name),
            Expr::Call(Callee::Builtin(builtin), args, _) => match (builtin.name, &args[..]) {
                ("object.get", [_, path, ..]) => match path.constant()? {
                    Value::Array(_, keys) => match keys.last()? {
                        Value::String(_, key) => Some(Arc::clone(key)),
                        _ => None,
                    },
                    Value::String(_, key) => Some(key),
                    _ => None,
                },
                (_, [first, ..]) => self.field(first),
                _ => None,
            },
            _ => None,
        }
    }

    /// Two terms that are compared, as a whole or by what is in them.
    fn pair(&mut self, a: &Expr, b: &Expr, as_whole: bool) {
        for (field, literal) in [(a, b), (b, a)] {
            if let (Some(field), Some(literal)) = (self.field(field), self.known_value(literal)) {
                let Compared { all: known, whole } = self.compared.entry(field).or_default();
                each_scalar(&literal, &mut |scalar| {
                    if as_whole && whole.len() < MOST {
                        whole.insert(scalar.clone());
                    }
                    if known.len() < MOST && !known.contains(scalar) {
                        known.push(scalar.clone());
                    }
                });
            }
        }
    }
}

/// The name that a key is.
fn name(key: &Expr) -> Option<Arc<str>> {
    match key.constant()? {
        Value::String(_, key) => Some(key),
        _ => None,
    }
}

/// Every scalar in a value, but for texts that are meant for people.
fn each_scalar(value: &Value, take: &mut dyn FnMut(&Value)) {
    with_room(value.depth(), || match value {
        Value::Array(_, items) | Value::Set(_, items) => {
            items.iter().for_each(|item| each_scalar(item, take));
        }
        Value::Object(_, fields) => {
            for (key, value) in fields.iter() {
                each_scalar(key, take);
                each_scalar(value, take);
            }
        }
        Value::String(_, text) if is_prose(text) => {}
        scalar => take(scalar),
    });
}

/// Whether a text is meant for people.
pub(crate) fn is_prose(text: &str) -> bool {
    text.contains('%') || text.split_whitespace().count() > 2
}

impl Visitor for Finder<'_> {
    fn statement(&mut self, seen: &Statement) {
        match seen {
            Statement::Unify(Expr::Bind(slot), expr) => {
                if let Some(field) = self.field(expr) {
                    self.fields.insert(*slot, field);
                }
            }
            Statement::Unify(a, b) => self.pair(a, b, true),
            Statement::Scan { path, found, .. } => {
                let field = path.iter().rev().find_map(name);
                match (found, field) {
                    (Found::Same(literal), Some(_)) => {
                        let read = Expr::Get(Box::new(Expr::Input), path.clone());
                        self.pair(&read, literal, true);
                    }
                    (Found::Value(slot), Some(field)) => {
                        self.fields.insert(*slot, field);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        visit::statement(self, seen);
    }

    fn expr(&mut self, seen: &Expr) {
        match seen {
            Expr::Constant(value) => self.take(value),
            Expr::Rule(rule) => self.rules.push_back(*rule),
            Expr::Document(_) => {
                if let Some(value) = self.known_value(seen) {
                    self.take(&value);
                }
            }
            Expr::Get(base, keys) => {
                match self.known_value(seen) {
                    Some(value) => self.take(&value),
                    None => self.expr(base),
                }
                if let [key] = &keys[..] {
                    self.pair(key, base, true);
                }
                // The keys of a path are where something is, not what it is.
                keys.iter().filter(|key| key.constant().is_none()).for_each(|key| self.expr(key));
            }
            Expr::Infix(infix, a, b, _) => {
                if matches!(
                    infix,
                    Infix::Equal | Infix::NotEqual | Infix::Less | Infix::LessOrEqual
                ) || matches!(infix, Infix::Greater | Infix::GreaterOrEqual)
                {
                    self.pair(a, b, true);
                }
                visit::expr(self, seen);
            }
            Expr::In { value, collection, .. } => {
                self.pair(value, collection, true);
                visit::expr(self, seen);
            }
            Expr::Call(Callee::Rule(rule), ..) => {
                self.rules.push_back(*rule);
                visit::expr(self, seen);
            }
            // What messages are made of is compared with nothing.
            Expr::Call(Callee::Builtin(builtin), args, _) if builtin.name == "sprintf" => {
                visit::all(self, &args[1..]);
            }
            Expr::Call(Callee::Builtin(_), args, _) => {
                if let [a, b] = &args[..] {
                    self.pair(a, b, false);
                }
                visit::expr(self, seen);
            }
            // Nor are the names of fields.
            Expr::Object(fields) => {
                let keys = fields.iter().map(|(key, _)| key).filter(|key| key.constant().is_none());
                visit::all(self, keys);
                visit::all(self, fields.iter().map(|(_, value)| value));
            }
            Expr::Template(parts) => {
                let parts = parts.iter().filter(|part| part.constant().is_none());
                visit::all(self, parts);
            }
            seen => visit::expr(self, seen),
        }
    }
}
