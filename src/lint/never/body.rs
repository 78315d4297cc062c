//! Going through a body, statement by statement, for claims that can't hold together.

use std::sync::Arc;

use crate::engine::value::Value;
use crate::rego::ast::{Body, Infix, Statement, StatementKind, Term, TermKind};
use crate::source::Span;

use super::fact::{Fact, Type};
use super::place::{Names, Place, constant, constants};
use super::{Never, Replaced};

/// What is known of the input before a body is looked at.
#[derive(Debug, Default)]
pub(in crate::lint) struct Known<'k> {
    pub(in crate::lint) among: Option<Among<'k>>,
    /// Names that are rules of the module's own, which functions of OPA don't go by.
    pub(in crate::lint) own: &'k [String],
}

/// Fields of the input, and the values that each of them may have.
#[derive(Clone, Debug)]
pub(in crate::lint) struct Among<'k> {
    pub(in crate::lint) fields: &'k [&'k [&'k str]],
    pub(in crate::lint) values: Vec<Value>,
    /// Who says so.
    pub(in crate::lint) says: &'static str,
}

/// Why a body can never hold, if that is plain.
pub(in crate::lint) fn body(body: &Body, replaced: &Replaced, known: &Known<'_>) -> Option<Never> {
    let mut reader = Reader { replaced, known, names: Names::default(), claims: Vec::new() };
    body.statements.iter().find_map(|statement| reader.statement(statement).err())
}

/// What has been claimed so far.
struct Reader<'r> {
    replaced: &'r Replaced,
    known: &'r Known<'r>,
    names: Names,
    claims: Vec<(Place, Fact, Span)>,
}

type Possible = Result<(), Never>;

fn never(reason: impl Into<String>, span: Span) -> Possible {
    Err(Never { reason: reason.into(), span, with: None })
}

impl Reader<'_> {
    fn statement(&mut self, statement: &Statement) -> Possible {
        // Under `with` the same name may be another value.
        let is_plain = statement.with.is_empty();
        if statement.negated && !matches!(statement.kind, StatementKind::Term(_)) {
            return Ok(());
        }
        match &statement.kind {
            StatementKind::Some(variables) => {
                variables.iter().for_each(|variable| self.names.declare(&variable.name));
                Ok(())
            }
            StatementKind::SomeIn { key, value, collection } => {
                // What is searched is read before the names are declared.
                let members = constants(collection).filter(|_| is_plain);
                key.iter().chain([value]).for_each(|term| self.declare_all(term));
                let Some(members) = members else { return Ok(()) };
                if members.is_empty() {
                    return never("there is nothing in an empty collection", collection.span);
                }
                match self.names.place(value) {
                    Some(place) => self.claim(place, Fact::Among(members), statement.span),
                    None => Ok(()),
                }
            }
            StatementKind::Assign(target, term) => self.assign(target, term, is_plain),
            StatementKind::Unify(left, right) if is_plain => {
                self.equal(left, right, "eq", statement.span)
            }
            StatementKind::Term(term) if is_plain => {
                if statement.negated {
                    self.negated(term, statement.span)
                } else {
                    self.term(term, statement.span)
                }
            }
            _ => Ok(()),
        }
    }

    fn assign(&mut self, target: &Term, term: &Term, is_plain: bool) -> Possible {
        let Some(name) = target.as_variable() else {
            self.declare_all(target);
            return Ok(());
        };
        let place = self.names.place(term).filter(|_| is_plain);
        let value = constant(term).filter(|_| is_plain);
        if let Some(place) = &place {
            self.exists(place, term.span)?;
        }
        self.names.alias(name, place);
        match (value, self.names.place(target)) {
            (Some(value), Some(place)) => self.claim(place, Fact::is(value), term.span),
            _ => Ok(()),
        }
    }

    fn term(&mut self, term: &Term, span: Span) -> Possible {
        match &term.kind {
            TermKind::Bool(false) => never("`false` never holds", span),
            TermKind::Variable(_) | TermKind::Reference(..) => match self.names.place(term) {
                Some(place) => self.claim(place, Fact::Truthy, span),
                None => Ok(()),
            },
            TermKind::Infix(operator, left, right) => self.compared(*operator, left, right, span),
            TermKind::In { key: None, value, collection } => {
                let Some(members) = constants(collection).filter(|_| !self.is_replaced("in"))
                else {
                    return Ok(());
                };
                if members.is_empty() {
                    return never("there is nothing in an empty collection", span);
                }
                match (self.names.place(value), constant(value)) {
                    (Some(place), _) => self.claim(place, Fact::Among(members), span),
                    (None, Some(value)) if !members.contains(&value) => {
                        never(format!("{value} is not in there"), span)
                    }
                    _ => Ok(()),
                }
            }
            TermKind::Call(function, args) => {
                let [argument] = args.as_slice() else { return Ok(()) };
                let Some(name) = function.as_variable() else { return Ok(()) };
                let is_own = self.known.own.iter().any(|own| **own == **name);
                let asked = Type::asked_by(name).filter(|_| !is_own && !self.is_replaced(name));
                match asked.zip(self.names.place(argument)) {
                    Some((asked, place)) => self.claim(place, Fact::Type(asked), span),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn compared(&mut self, operator: Infix, left: &Term, right: &Term, span: Span) -> Possible {
        let name = operator.function();
        if operator == Infix::Equal {
            return self.equal(left, right, name, span);
        }
        if !is_comparison(operator) || self.is_replaced(name) {
            return Ok(());
        }
        match (constant(left), constant(right)) {
            (Some(left), Some(right)) if !holds(operator, &left, &right) => {
                never("this never holds", span)
            }
            (Some(limit), None) => match self.names.place(right) {
                Some(place) => self.claim(place, limited(turned(operator), limit), span),
                None => Ok(()),
            },
            (None, Some(limit)) => match self.names.place(left) {
                Some(place) => self.claim(place, limited(operator, limit), span),
                None => Ok(()),
            },
            (None, None) => match (self.names.place(left), self.names.place(right)) {
                (Some(left), Some(right))
                    if left == right && !holds(operator, &Value::NULL, &Value::NULL) =>
                {
                    never(format!("both sides are `{left}`"), span)
                }
                (left, right) => {
                    let both = left.into_iter().chain(right).collect::<Vec<_>>();
                    both.iter().try_for_each(|place| self.exists(place, span))
                }
            },
            _ => Ok(()),
        }
    }

    fn equal(&mut self, left: &Term, right: &Term, name: &str, span: Span) -> Possible {
        if self.is_replaced(name) {
            return Ok(());
        }
        match (constant(left), constant(right)) {
            (Some(left), Some(right)) if left != right => {
                never(format!("{left} is not {right}"), span)
            }
            (Some(value), None) => match self.names.place(right) {
                Some(place) => self.claim(place, Fact::is(value), span),
                None => Ok(()),
            },
            (None, Some(value)) => match self.names.place(left) {
                Some(place) => self.claim(place, Fact::is(value), span),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// `not` before a reference.
    fn negated(&mut self, term: &Term, span: Span) -> Possible {
        match &term.kind {
            TermKind::Reference(..) | TermKind::Variable(_) => match self.names.place(term) {
                Some(place) => self.claim(place, Fact::Falsy, span),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Claims that there is a value in a place, without saying more of it.
    fn exists(&mut self, place: &Place, span: Span) -> Possible {
        for holder in place.holders() {
            self.add(holder, Fact::Holds, span)?;
        }
        Ok(())
    }

    fn claim(&mut self, place: Place, fact: Fact, span: Span) -> Possible {
        if fact.needs_a_value() {
            self.exists(&place, span)?;
        }
        self.add(place, fact, span)
    }

    fn add(&mut self, place: Place, fact: Fact, span: Span) -> Possible {
        if let Some(Among { fields, values, says }) = &self.known.among
            && fields.iter().any(|field| place.is_input(field))
            && fact.excludes(&Fact::Among(values.clone()))
        {
            let names: Vec<_> = values.iter().map(ToString::to_string).collect();
            let is = if names.len() == 1 { "is" } else { "is one of" };
            let reason = format!("`{place}` {is} {}, as {says} says", names.join(", "));
            return never(reason, span);
        }
        let mut same = self.claims.iter().filter(|(known, ..)| *known == place);
        if let Some((_, _, with)) = same.find(|(_, known, _)| known.excludes(&fact)) {
            let reason = format!("no `{place}` meets both of these");
            return Err(Never { reason, span, with: Some(*with) });
        }
        self.claims.push((place, fact, span));
        Ok(())
    }

    fn is_replaced(&self, function: &str) -> bool {
        match function {
            "in" => self.replaced.has("internal.member_2"),
            "equal" | "eq" => self.replaced.has("equal") || self.replaced.has("eq"),
            name => self.replaced.has(name),
        }
    }

    /// Declares every variable in a pattern.
    fn declare_all(&mut self, pattern: &Term) {
        match &pattern.kind {
            TermKind::Variable(name) => self.names.declare(&Arc::clone(name)),
            TermKind::Array(items) | TermKind::Set(items) => {
                items.iter().for_each(|item| self.declare_all(item));
            }
            TermKind::Object(entries) => {
                entries.iter().for_each(|(key, value)| {
                    self.declare_all(key);
                    self.declare_all(value);
                });
            }
            _ => {}
        }
    }
}

fn is_comparison(operator: Infix) -> bool {
    matches!(
        operator,
        Infix::NotEqual | Infix::Less | Infix::LessOrEqual | Infix::Greater | Infix::GreaterOrEqual
    )
}

fn holds(operator: Infix, left: &Value, right: &Value) -> bool {
    match operator {
        Infix::NotEqual => left != right,
        Infix::Less => left < right,
        Infix::LessOrEqual => left <= right,
        Infix::Greater => left > right,
        Infix::GreaterOrEqual => left >= right,
        _ => true,
    }
}

/// The operator with its sides changed.
fn turned(operator: Infix) -> Infix {
    match operator {
        Infix::Less => Infix::Greater,
        Infix::LessOrEqual => Infix::GreaterOrEqual,
        Infix::Greater => Infix::Less,
        Infix::GreaterOrEqual => Infix::LessOrEqual,
        other => other,
    }
}

/// What is claimed of the left side of a comparison with a literal.
fn limited(operator: Infix, limit: Value) -> Fact {
    match operator {
        Infix::Less => Fact::Below { limit, inclusive: false },
        Infix::LessOrEqual => Fact::Below { limit, inclusive: true },
        Infix::Greater => Fact::Above { limit, inclusive: false },
        Infix::GreaterOrEqual => Fact::Above { limit, inclusive: true },
        _ => Fact::Not(limit),
    }
}
