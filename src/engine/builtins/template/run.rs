//! Runs a template.

use std::rc::Rc;

use super::super::sprintf::{self, Argument};
use super::super::{BuiltinError, Context};
use super::data::Data;
use super::functions::{self, Function};
use super::literal::Number;
use super::parser::MAIN;
use super::tree::{Branch, Node, Operand, Pipe, Templates};
use crate::stack;

/// How deep templates may call each other.
const DEEPEST: usize = 100_000;

/// Why a node does not lead to the next.
pub(super) enum Stop {
    Break,
    Continue,
    Error(BuiltinError),
}

impl From<BuiltinError> for Stop {
    fn from(error: BuiltinError) -> Self {
        Self::Error(error)
    }
}

pub(super) type Ran<T> = Result<T, Stop>;

pub(super) fn fail<T>(message: impl Into<String>) -> Ran<T> {
    Err(Stop::Error(BuiltinError::new(message)))
}

/// What the main template makes of the variables.
pub(super) fn run(
    templates: &Templates,
    variables: Data,
    context: &mut Context<'_>,
) -> Result<Vec<u8>, BuiltinError> {
    let mut run = Run {
        templates,
        variables: vec![("$", variables.clone())],
        depth: 0,
        out: Vec::new(),
        context,
    };
    let list = templates.get(MAIN).map_or(&[][..], |list| list);
    match run.list(&variables, list) {
        Ok(()) => Ok(run.out),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Break | Stop::Continue) => Err(BuiltinError::new("there is no range to leave")),
    }
}

struct Run<'r, 'c> {
    templates: &'r Templates,
    /// By their names; of two the last.
    variables: Vec<(&'r str, Data)>,
    depth: usize,
    out: Vec<u8>,
    context: &'r mut Context<'c>,
}

impl<'r> Run<'r, '_> {
    fn print(&mut self, text: &[u8]) -> Ran<()> {
        self.context.tick(text.len())?;
        self.out.extend_from_slice(text);
        Ok(())
    }

    fn list(&mut self, dot: &Data, list: &'r [Node]) -> Ran<()> {
        list.iter().try_for_each(|node| self.node(dot, node))
    }

    fn node(&mut self, dot: &Data, node: &'r Node) -> Ran<()> {
        self.context.tick(1)?;
        match node {
            Node::Text(text) => self.print(text.as_bytes()),
            Node::Action(pipe) => {
                let value = self.pipe(dot, pipe)?;
                if !pipe.variables.is_empty() {
                    return Ok(());
                }
                match &value {
                    Data::Absent => self.print(b"<no value>"),
                    Data::Text(text) => self.print(text),
                    value => self.print(&sprintf::text_of(value)),
                }
            }
            Node::If(branch) | Node::With(branch) => stack::enough(|| {
                let known = self.variables.len();
                let value = self.pipe(dot, &branch.pipe)?;
                if value.is_true() {
                    let dot = if matches!(node, Node::With(_)) { &value } else { dot };
                    self.list(dot, &branch.list)?;
                } else if let Some(otherwise) = &branch.otherwise {
                    self.list(dot, otherwise)?;
                }
                self.variables.truncate(known);
                Ok(())
            }),
            Node::Range(branch) => stack::enough(|| {
                let known = self.variables.len();
                let ran = self.range(dot, branch);
                self.variables.truncate(known);
                match ran {
                    Err(Stop::Break) => Ok(()),
                    ran => ran,
                }
            }),
            Node::Template(name, pipe) => self.template(dot, name, pipe.as_ref()),
            Node::Break => Err(Stop::Break),
            Node::Continue => Err(Stop::Continue),
        }
    }

    fn template(&mut self, dot: &Data, name: &str, pipe: Option<&'r Pipe>) -> Ran<()> {
        let Some(list) = self.templates.get(name) else {
            return fail(format!("template {name:?} not defined"));
        };
        if self.depth == DEEPEST {
            return fail(format!("exceeded maximum template depth ({DEEPEST})"));
        }
        let dot = match pipe {
            Some(pipe) => self.pipe(dot, pipe)?,
            None => Data::Absent,
        };
        let around = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        self.depth += 1;
        stack::enough(|| self.list(&dot, list))?;
        self.depth -= 1;
        self.variables = around;
        Ok(())
    }

    fn range(&mut self, dot: &Data, branch: &'r Branch) -> Ran<()> {
        let value = self.pipe(dot, &branch.pipe)?;
        let count = match &value {
            Data::Integer(count) => *count,
            Data::Byte(count) => i64::from(*count),
            _ => 0,
        };
        let mut ran = false;
        match &value {
            Data::Integer(_) | Data::Byte(_) => {
                if branch.pipe.variables.len() > 1 {
                    return fail("can't use a number to iterate over more than one variable");
                }
                for number in 0..count {
                    ran = true;
                    let item = match (&value, u8::try_from(number)) {
                        (Data::Byte(_), Ok(byte)) => Data::Byte(byte),
                        _ => Data::Integer(number),
                    };
                    self.iteration(branch, Data::Absent, item)?;
                }
            }
            Data::List(list) => {
                for (at, item) in (0..).zip(list.iter()) {
                    ran = true;
                    self.iteration(branch, Data::Integer(at), item)?;
                }
            }
            Data::Map(map) => {
                for (key, item) in &**map {
                    ran = true;
                    self.iteration(branch, Data::text(key.as_bytes()), item.clone())?;
                }
            }
            Data::Absent | Data::Nil => {}
            other => return fail(format!("range can't iterate over {}", other.type_name())),
        }
        match &branch.otherwise {
            Some(otherwise) if !ran => self.list(dot, otherwise),
            _ => Ok(()),
        }
    }

    fn iteration(&mut self, branch: &'r Branch, index: Data, item: Data) -> Ran<()> {
        self.context.tick(1)?;
        let known = self.variables.len();
        let names = &branch.pipe.variables;
        if branch.pipe.is_assignment {
            match names.as_slice() {
                [name] => self.assign(name, item.clone())?,
                [first, second, ..] => {
                    self.assign(first, index)?;
                    self.assign(second, item.clone())?;
                }
                [] => {}
            }
        } else {
            // The pipeline declared them, the item's last.
            for (back, value) in [(1, &item), (2, &index)].into_iter().take(names.len()) {
                if let Some(variable) = known.checked_sub(back) {
                    self.variables[variable].1 = value.clone();
                }
            }
        }
        let ran = self.list(&item, &branch.list);
        self.variables.truncate(known);
        match ran {
            Err(Stop::Continue) => Ok(()),
            ran => ran,
        }
    }

    fn assign(&mut self, name: &str, value: Data) -> Ran<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some(variable) => variable.1 = value,
            None => return fail(format!("undefined variable: {name}")),
        }
        Ok(())
    }

    fn pipe(&mut self, dot: &Data, pipe: &'r Pipe) -> Ran<Data> {
        stack::enough(|| {
            let mut value = None;
            for command in &pipe.commands {
                value = Some(match self.command(dot, command, value)? {
                    Data::Nil => Data::Absent,
                    value => value,
                });
            }
            let value = value.unwrap_or(Data::Absent);
            for name in &pipe.variables {
                if pipe.is_assignment {
                    self.assign(name, value.clone())?;
                } else {
                    self.variables.push((name, value.clone()));
                }
            }
            Ok(value)
        })
    }

    /// The value of a command, which is given that of the command before.
    fn command(&mut self, dot: &Data, command: &'r [Operand], last: Option<Data>) -> Ran<Data> {
        self.context.tick(1)?;
        let Some((first, args)) = command.split_first() else { return fail("empty command") };
        if let Operand::Function(function) = first {
            return self.call(dot, *function, args, last);
        }
        let value = self.operand(dot, first)?;
        // Nothing here is a function, though Go looks no closer where there is nothing.
        let has_arguments = !args.is_empty() || last.is_some();
        match first {
            Operand::Nil => fail("nil is not a command"),
            Operand::Field(_) | Operand::Variable(..) | Operand::Chain(..)
                if has_arguments && self.ends_in_nothing(dot, first)? =>
            {
                Ok(Data::Absent)
            }
            _ if has_arguments => fail("can't give arguments to what is no function"),
            _ => Ok(value),
        }
    }

    /// Whether the last field of an operand is asked of nothing.
    fn ends_in_nothing(&mut self, dot: &Data, operand: &'r Operand) -> Ran<bool> {
        let (base, fields) = match operand {
            Operand::Field(fields) => (dot.clone(), fields),
            Operand::Variable(name, fields) => (self.variable(name)?, fields),
            Operand::Chain(base, fields) => (self.operand(dot, base)?, fields),
            _ => return Ok(false),
        };
        let Some((_, before)) = fields.split_last() else { return Ok(false) };
        Ok(matches!(fields_of(base, before)?, Data::Absent))
    }

    fn variable(&self, name: &str) -> Ran<Data> {
        match self.variables.iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => fail(format!("undefined variable: {name}")),
        }
    }

    fn operand(&mut self, dot: &Data, operand: &'r Operand) -> Ran<Data> {
        Ok(match operand {
            Operand::Dot => dot.clone(),
            Operand::Nil => Data::Nil,
            Operand::Bool(value) => Data::Bool(*value),
            Operand::Number(Number::Integer(value)) => Data::Integer(*value),
            Operand::Number(Number::Float(value)) => Data::Float(*value),
            Operand::Number(Number::Complex(real, imaginary)) => Data::Complex(*real, *imaginary),
            Operand::Number(Number::TooBig) => return fail("a number overflows int"),
            Operand::Text(text) => Data::Text(Rc::clone(text)),
            Operand::Function(function) => self.call(dot, *function, &[], None)?,
            Operand::Field(fields) => fields_of(dot.clone(), fields)?,
            Operand::Variable(name, fields) => fields_of(self.variable(name)?, fields)?,
            Operand::Pipe(pipe) => self.pipe(dot, pipe)?,
            Operand::Chain(base, fields) => {
                let base = self.operand(dot, base)?;
                fields_of(base, fields)?
            }
        })
    }

    fn call(
        &mut self,
        dot: &Data,
        function: Function,
        args: &'r [Operand],
        last: Option<Data>,
    ) -> Ran<Data> {
        let count = args.len() + usize::from(last.is_some());
        let (least, most) = function.arguments();
        if count < least || most.is_some_and(|most| count > most) {
            return fail(format!("wrong number of args for {}: got {count}", function.name()));
        }
        if matches!(function, Function::And | Function::Or) {
            let mut value = Data::Absent;
            for arg in args {
                value = self.operand(dot, arg)?;
                if value.is_true() == (function == Function::Or) {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let mut values = Vec::with_capacity(count);
        for arg in args {
            values.push(self.operand(dot, arg)?);
        }
        values.extend(last);
        if function == Function::Printf {
            let Some(Data::Text(format)) = values.first() else {
                return fail("wrong type for value; expected string");
            };
            let format = super::bytes::to_text(format.to_vec());
            let arguments = values[1..].iter().map(Argument::Data).collect();
            let text = sprintf::print(&format, arguments, self.context)?;
            return Ok(Data::text(text.as_bytes()));
        }
        let value = functions::call(function, &values)?;
        if let Data::Text(text) = &value {
            self.context.tick(text.len())?;
        }
        Ok(value)
    }
}

fn fields_of(value: Data, fields: &[String]) -> Ran<Data> {
    let mut value = value;
    for field in fields {
        value = match &value {
            Data::Absent => Data::Absent,
            Data::Nil => return fail(format!("nil pointer evaluating interface {{}}.{field}")),
            Data::Map(map) => map.get(field).cloned().unwrap_or(Data::Absent),
            other => {
                let kind = other.type_name();
                return fail(format!("can't evaluate field {field} in type {kind}"));
            }
        };
    }
    Ok(value)
}
