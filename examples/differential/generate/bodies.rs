//! Bodies: statements that give values to variables, and statements that test them.

use super::kind::Kind;
use super::{Dialect, Generator};

impl Generator<'_> {
    /// A body in braces' stead, on one line.
    pub(super) fn body_of(&mut self, statements: usize) -> String {
        let mut all: Vec<String> = (0..statements).map(|_| self.statement()).collect();
        if self.random.chance(12) {
            all.reverse();
        }
        all.join("; ")
    }

    pub(super) fn short_body(&mut self) -> String {
        let count = 1 + self.random.below(2);
        self.body_of(count)
    }

    pub(super) fn body(&mut self) -> String {
        let count = 1 + self.random.below(4);
        self.body_of(count)
    }

    fn statement(&mut self) -> String {
        if self.random.chance(if self.scope.is_empty() { 70 } else { 50 }) {
            self.binder()
        } else {
            self.test()
        }
    }

    /// Gives values to new variables.
    fn binder(&mut self) -> String {
        match self.random.below(16) {
            0..3 if self.has_words() => {
                let collection = self.collection();
                format!("some {} in {collection}", self.bound(Kind::Any))
            }
            3 | 4 if self.has_words() => {
                let collection = self.collection();
                let (key, value) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!("some {key}, {value} in {collection}")
            }
            5..8 => {
                let kind = Kind::some(self.random);
                let value = self.expression(kind);
                format!("{} := {value}", self.bound(kind))
            }
            8 => {
                let kind = Kind::some(self.random);
                let value = self.expression(kind);
                let name = self.bound(kind);
                if self.random.chance(50) {
                    format!("{name} = {value}")
                } else {
                    format!("{value} = {name}")
                }
            }
            9 => {
                let collection = Kind::collection(self.random);
                let reference = self.reference(collection);
                let (key, value) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!("{value} := {reference}[{key}]")
            }
            10 => {
                let collection = Kind::collection(self.random);
                let reference = self.reference(collection);
                let (key, value) = (self.bound(Kind::Any), self.any());
                format!("some {key}; {reference}[{key}] == {value}")
            }
            11 => {
                let reference = self.reference(Kind::Any);
                let (path, value) = (self.bound(Kind::Array), self.bound(Kind::Any));
                format!("walk({reference}, [{path}, {value}])")
            }
            12 => {
                let kind = Kind::some(self.random);
                let value = self.expression(kind);
                let with = self.with();
                format!("{} := {value} {with}", self.bound(kind))
            }
            13 => {
                let collection = Kind::collection(self.random);
                let reference = self.reference(collection);
                format!("{reference}[{}]", self.bound(Kind::Any))
            }
            _ => self.pattern(),
        }
    }

    /// Holds or not.
    fn test(&mut self) -> String {
        match self.random.below(18) {
            0..4 => self.comparison(),
            4 => format!("not {}", self.expression(Kind::Any)),
            5 => format!("not {}", self.comparison()),
            6 | 7 if self.depth < 3 && self.has_words() => self.every(),
            8 | 9 if self.has_words() => {
                let collection = self.collection();
                let not = if self.random.chance(25) { "not " } else { "" };
                if self.random.chance(30) {
                    format!("{not}{}, {} in {collection}", self.any(), self.any())
                } else {
                    format!("{not}{} in {collection}", self.any())
                }
            }
            10 => {
                let value = self.expression(Kind::Any);
                format!("{value} {}", self.with())
            }
            11 => {
                let value = self.expression(Kind::Any);
                format!("not {value} {}", self.with())
            }
            12 if self.dialect == Dialect::Logic && self.depth < 3 => self.logic(),
            13 => format!("{} = {}", self.any(), self.any()),
            14 => self.builtin(Kind::Boolean),
            15 => self.call(Kind::Any),
            _ => self.expression(Kind::Any),
        }
    }

    fn every(&mut self) -> String {
        let collection = self.collection();
        self.scoped(|g| {
            let (key, value) = (g.fresh(), g.fresh());
            g.scope.push((value.clone(), Kind::Any));
            if g.random.chance(40) {
                g.scope.push((key.clone(), Kind::Any));
                let body = g.short_body();
                // What `every` declares has to be used.
                return format!(
                    "every {key}, {value} in {collection} {{ {body}; _ = [{key}, {value}] }}"
                );
            }
            let body = g.short_body();
            format!("every {value} in {collection} {{ {body}; _ = {value} }}")
        })
    }

    fn logic(&mut self) -> String {
        let body = |g: &mut Self| g.scoped(Self::short_body);
        let (one, two) = (body(self), body(self));
        match self.random.below(6) {
            0 => format!("not {{ {one} }}"),
            1 => format!("{{ {one} }} and {{ {two} }}"),
            2 => format!("{{ {one} }} or {{ {two} }}"),
            3 => format!("{} or {}", self.comparison(), self.comparison()),
            4 => format!("{} and not {}", self.expression(Kind::Boolean), self.any()),
            _ => format!("({} or {}) and {{ {two} }}", self.any(), self.any()),
        }
    }
}
