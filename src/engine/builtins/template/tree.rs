//! A template that was read.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::functions::Function;
use super::literal::Number;

/// Templates by their names.
pub(super) type Templates = BTreeMap<String, List>;

pub(super) type List = Vec<Node>;

#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    /// A pipeline, whose value is printed unless it gives it a name.
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(String, Option<Pipe>),
    Break,
    Continue,
}

#[derive(Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) list: List,
    pub(super) otherwise: Option<List>,
}

#[derive(Debug, Default)]
pub(super) struct Pipe {
    /// The variables that it declares, or assigns to.
    pub(super) variables: Vec<String>,
    pub(super) is_assignment: bool,
    /// Each is given the value of the one before. The first operand is what is called, if it can.
    pub(super) commands: Vec<Vec<Operand>>,
}

#[derive(Debug)]
pub(super) enum Operand {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text(Rc<[u8]>),
    Function(Function),
    /// Fields of what is current.
    Field(Vec<String>),
    /// A variable and fields of it.
    Variable(String, Vec<String>),
    Pipe(Pipe),
    /// Fields of something else.
    Chain(Box<Operand>, Vec<String>),
}

/// Whether there is nothing in it but space.
pub(super) fn is_empty(list: &List) -> bool {
    list.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}
