//! From pieces to a tree.

use super::functions::Function;
use super::lexer::{self, Keyword, Piece, Token};
use super::literal::{self, Number};
use super::tree::{Branch, List, Node, Operand, Pipe, Templates, is_empty};
use crate::stack;

/// How deep parentheses may be nested, and how deep actions.
const DEEPEST: usize = 10_000;

/// The template that is run, by the name that Go gives it here.
pub(super) const MAIN: &str = "template";

type Parsed<T> = Result<T, String>;

/// Reads a template, and those that it defines.
pub(super) fn parse(text: &str) -> Parsed<Templates> {
    let tokens = lexer::tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        scope: Scope::default(),
        depth: 0,
        templates: Templates::new(),
    };
    let main = parser.main()?;
    parser.define(MAIN.to_owned(), main)?;
    Ok(parser.templates)
}

/// What is known inside of one template.
struct Scope {
    variables: Vec<String>,
    /// How many `range` are open.
    ranges: usize,
}

impl Default for Scope {
    fn default() -> Self {
        Self { variables: vec!["$".to_owned()], ranges: 0 }
    }
}

struct Parser<'t> {
    tokens: &'t [Piece<'t>],
    at: usize,
    scope: Scope,
    depth: usize,
    templates: Templates,
}

/// What a list of nodes may end with.
#[derive(Clone, Copy, PartialEq)]
enum Closer {
    End,
    Else,
}

enum Action {
    Node(Node),
    Closer(Closer),
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Token<'t> {
        self.tokens.get(self.at).map_or(Token::End, |piece| piece.0)
    }

    fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn peek_past_space(&mut self) -> Token<'t> {
        while self.peek() == Token::Space {
            self.at += 1;
        }
        self.peek()
    }

    fn next_past_space(&mut self) -> Token<'t> {
        self.peek_past_space();
        self.next()
    }

    fn fail<T>(&self, message: impl std::fmt::Display) -> Parsed<T> {
        let line = self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |piece| piece.1);
        Err(format!("template: template:{line}: {message}"))
    }

    fn unexpected<T>(&self, context: &str) -> Parsed<T> {
        self.fail(format!("unexpected text in {context}"))
    }

    fn expect(&mut self, token: Token<'t>, context: &str) -> Parsed<()> {
        if self.next_past_space() == token { Ok(()) } else { self.unexpected(context) }
    }

    /// Runs `inner` one level deeper.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return self.fail("it is nested too deep");
        }
        self.depth += 1;
        let result = stack::enough(|| inner(self));
        self.depth -= 1;
        result
    }

    fn main(&mut self) -> Parsed<List> {
        let mut list = List::new();
        while self.peek() != Token::End {
            let from = self.at;
            if self.next() == Token::Open
                && self.next_past_space() == Token::Keyword(Keyword::Define)
            {
                self.definition()?;
                continue;
            }
            self.at = from;
            match self.text_or_action()? {
                Action::Node(node) => list.push(node),
                Action::Closer(_) => return self.unexpected("input"),
            }
        }
        Ok(list)
    }

    fn definition(&mut self) -> Parsed<()> {
        let name = self.template_name("define clause")?;
        self.expect(Token::Close, "define clause")?;
        let list = self.template()?;
        self.define(name, list)
    }

    /// The nodes of a template of its own, up to its end.
    fn template(&mut self) -> Parsed<List> {
        let scope = std::mem::take(&mut self.scope);
        let (list, closer) = self.deeper(Self::list)?;
        self.scope = scope;
        if closer == Closer::End { Ok(list) } else { self.unexpected("a template") }
    }

    fn define(&mut self, name: String, list: List) -> Parsed<()> {
        match self.templates.get(&name) {
            Some(known) if !is_empty(known) && !is_empty(&list) => {
                return self.fail(format!("multiple definition of template {name:?}"));
            }
            Some(known) if !is_empty(known) => {}
            _ => {
                self.templates.insert(name, list);
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Parsed<(List, Closer)> {
        let mut list = List::new();
        while self.peek_past_space() != Token::End {
            match self.text_or_action()? {
                Action::Node(node) => list.push(node),
                Action::Closer(closer) => return Ok((list, closer)),
            }
        }
        self.fail("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Parsed<Action> {
        match self.next_past_space() {
            Token::Text(text) => Ok(Action::Node(Node::Text(text.to_owned()))),
            Token::Open => self.action(),
            _ => self.unexpected("input"),
        }
    }

    fn action(&mut self) -> Parsed<Action> {
        let Token::Keyword(keyword) = self.peek_past_space() else {
            return Ok(Action::Node(Node::Action(self.pipeline("command", Token::Close)?)));
        };
        self.at += 1;
        Ok(Action::Node(match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break => self.leave(Node::Break)?,
            Keyword::Continue => self.leave(Node::Continue)?,
            Keyword::Else => {
                // `else if` is an `if` within, which ends both.
                let next = self.peek_past_space();
                if !matches!(next, Token::Keyword(Keyword::If | Keyword::With)) {
                    self.expect(Token::Close, "else")?;
                }
                return Ok(Action::Closer(Closer::Else));
            }
            Keyword::End => {
                self.expect(Token::Close, "end")?;
                return Ok(Action::Closer(Closer::End));
            }
            Keyword::If => Node::If(self.branch(Keyword::If, "if")?),
            Keyword::With => Node::With(self.branch(Keyword::With, "with")?),
            Keyword::Range => Node::Range(self.branch(Keyword::Range, "range")?),
            Keyword::Template => {
                let name = self.template_name("template clause")?;
                let pipe = if self.peek_past_space() == Token::Close {
                    self.at += 1;
                    None
                } else {
                    Some(self.pipeline("template clause", Token::Close)?)
                };
                Node::Template(name, pipe)
            }
            Keyword::Define => return self.unexpected("command"),
        }))
    }

    fn leave(&mut self, node: Node) -> Parsed<Node> {
        self.expect(Token::Close, "an action")?;
        if self.scope.ranges == 0 {
            return self.fail("it leaves a range, and there is none");
        }
        Ok(node)
    }

    fn block(&mut self) -> Parsed<Node> {
        let name = self.template_name("block clause")?;
        let pipe = self.pipeline("block clause", Token::Close)?;
        let list = self.template()?;
        self.define(name.clone(), list)?;
        Ok(Node::Template(name, Some(pipe)))
    }

    fn template_name(&mut self, context: &str) -> Parsed<String> {
        let Token::String(text) = self.next_past_space() else { return self.unexpected(context) };
        match literal::string(text).map(String::from_utf8) {
            Some(Ok(name)) => Ok(name),
            _ => self.fail("invalid syntax"),
        }
    }

    fn branch(&mut self, keyword: Keyword, context: &str) -> Parsed<Branch> {
        self.deeper(|parser| {
            let variables = parser.scope.variables.len();
            let pipe = parser.pipeline(context, Token::Close)?;
            let is_range = usize::from(keyword == Keyword::Range);
            parser.scope.ranges += is_range;
            let (list, closer) = parser.list()?;
            parser.scope.ranges -= is_range;
            let otherwise = match (closer, keyword) {
                (Closer::End, _) => None,
                (Closer::Else, Keyword::If) if parser.peek() == Token::Keyword(keyword) => {
                    parser.at += 1;
                    Some(vec![Node::If(parser.branch(keyword, context)?)])
                }
                (Closer::Else, Keyword::With) if parser.peek() == Token::Keyword(keyword) => {
                    parser.at += 1;
                    Some(vec![Node::With(parser.branch(keyword, context)?)])
                }
                (Closer::Else, _) => {
                    let (list, closer) = parser.list()?;
                    if closer == Closer::Else {
                        return parser.fail("expected end; found {{else}}");
                    }
                    Some(list)
                }
            };
            parser.scope.variables.truncate(variables);
            Ok(Branch { pipe, list, otherwise })
        })
    }

    fn pipeline(&mut self, context: &str, end: Token<'t>) -> Parsed<Pipe> {
        let mut pipe = Pipe::default();
        while let Token::Variable(name) = self.peek_past_space() {
            let from = self.at;
            self.at += 1;
            let next = self.peek_past_space();
            if !matches!(next, Token::Assign | Token::Declare | Token::Other(',')) {
                self.at = from;
                break;
            }
            self.at += 1;
            pipe.variables.push(name.to_owned());
            self.scope.variables.push(name.to_owned());
            if next != Token::Other(',') {
                pipe.is_assignment = next == Token::Assign;
                break;
            }
            if context != "range" || pipe.variables.len() > 1 {
                return self.fail(format!("too many declarations in {context}"));
            }
            let next = self.peek_past_space();
            if !matches!(next, Token::Variable(_) | Token::Close | Token::RightParen) {
                return self.fail("range can only initialize variables");
            }
        }
        loop {
            match self.peek_past_space() {
                token if token == end => {
                    self.at += 1;
                    break;
                }
                Token::Bool(_)
                | Token::Character(_)
                | Token::Complex(_)
                | Token::Dot
                | Token::Field(_)
                | Token::Identifier(_)
                | Token::Number(_)
                | Token::Nil
                | Token::String(_)
                | Token::Variable(_)
                | Token::LeftParen => {
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(context),
            }
        }
        if pipe.commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        let is_constant = |command: &Vec<Operand>| {
            matches!(
                command.first(),
                Some(
                    Operand::Bool(_)
                        | Operand::Dot
                        | Operand::Nil
                        | Operand::Number(_)
                        | Operand::Text(_)
                )
            )
        };
        match pipe.commands.iter().skip(1).position(is_constant) {
            Some(at) => self.fail(format!("non executable command in pipeline stage {}", at + 2)),
            None => Ok(pipe),
        }
    }

    fn command(&mut self) -> Parsed<Vec<Operand>> {
        let mut operands = Vec::new();
        loop {
            self.peek_past_space();
            operands.extend(self.operand()?);
            match self.peek() {
                Token::Space => self.at += 1,
                Token::Close | Token::RightParen => break,
                Token::Pipe => {
                    self.at += 1;
                    break;
                }
                _ => return self.unexpected("operand"),
            }
        }
        if operands.is_empty() { self.fail("empty command") } else { Ok(operands) }
    }

    /// A term with the fields behind it; nothing where there is no term.
    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let mut fields = Vec::new();
        while let Token::Field(name) = self.peek() {
            self.at += 1;
            fields.push(name[1..].to_owned());
        }
        if fields.is_empty() {
            return Ok(Some(term));
        }
        Ok(Some(match term {
            Operand::Field(mut names) => {
                names.append(&mut fields);
                Operand::Field(names)
            }
            Operand::Variable(name, _) => Operand::Variable(name, fields),
            Operand::Bool(_)
            | Operand::Text(_)
            | Operand::Number(_)
            | Operand::Nil
            | Operand::Dot => return self.fail("unexpected . after term"),
            other => Operand::Chain(Box::new(other), fields),
        }))
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.peek_past_space();
        self.at += 1;
        let number = |number: Result<Number, String>| match number {
            Ok(number) => Ok(Some(Operand::Number(number))),
            Err(message) => self.fail(message),
        };
        Ok(Some(match token {
            Token::Identifier(name) => match Function::named(name) {
                Some(function) => Operand::Function(function),
                None => return self.fail(format!("function {name:?} not defined")),
            },
            Token::Dot => Operand::Dot,
            Token::Nil => Operand::Nil,
            Token::Bool(value) => Operand::Bool(value),
            Token::Variable(name) => {
                if !self.scope.variables.iter().any(|known| known == name) {
                    return self.fail(format!("undefined variable {name:?}"));
                }
                Operand::Variable(name.to_owned(), Vec::new())
            }
            Token::Field(name) => Operand::Field(vec![name[1..].to_owned()]),
            Token::Number(text) => return number(literal::number(text)),
            Token::Complex(text) => {
                return number(literal::complex(text).ok_or("syntax error in a number".to_owned()));
            }
            Token::Character(text) => {
                let code = literal::character(text).map(Number::Integer);
                return number(code.ok_or_else(|| format!("malformed character constant: {text}")));
            }
            Token::String(text) => match literal::string(text) {
                Some(bytes) => Operand::Text(bytes.into()),
                None => return self.fail("invalid syntax"),
            },
            Token::LeftParen => {
                let inner = |parser: &mut Self| {
                    parser.pipeline("parenthesized pipeline", Token::RightParen)
                };
                Operand::Pipe(self.deeper(inner)?)
            }
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        }))
    }
}
