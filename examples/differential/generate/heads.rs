//! Rules: heads of all kinds, with their bodies.

use super::kind::Kind;
use super::{Dialect, Generator, Known};

impl Generator<'_> {
    pub(super) fn rule(&mut self, name: &str) -> String {
        self.scope.clear();
        let clauses = 1 + self.random.below(3);
        let mut text = String::new();
        match self.random.below(20) {
            0..5 => self.complete_rules(name, clauses, &mut text),
            5 => {
                let kind = Kind::some(self.random);
                let literal = self.literal(kind);
                text.push_str(&format!("{name} := {literal}\n"));
                self.know(name, kind);
            }
            6..9 => {
                for _ in 0..clauses {
                    let clause = self.scoped(|g| {
                        let body = g.body();
                        let member = g.expression(Kind::Any);
                        g.set(name, &member, &body)
                    });
                    text.push_str(&clause);
                }
                self.know(name, Kind::Set);
            }
            9..14 => {
                let heads = self.head_shapes();
                for number in 0..clauses {
                    let shape = heads[number % heads.len()];
                    let clause = self.scoped(|g| g.object(name, shape));
                    text.push_str(&clause);
                }
                self.know(name, Kind::Object);
            }
            _ => self.functions(name, clauses, &mut text),
        }
        text
    }

    fn know(&mut self, name: &str, kind: Kind) {
        self.rules.push(Known { name: name.to_owned(), kind, args: None });
    }

    pub(super) fn assign(&mut self) -> &'static str {
        if self.dialect == Dialect::V0 && self.random.chance(60) { "=" } else { ":=" }
    }

    /// A head with its body.
    pub(super) fn when(&mut self, head: &str, body: &str) -> String {
        match (self.has_words(), self.random.below(8)) {
            (false, _) => format!("{head} {{ {body} }}"),
            (true, 0) if !body.contains(';') && !body.starts_with("some") => {
                format!("{head} if {body}")
            }
            (true, 1) => format!("{head} if {{\n\t{}\n}}", body.replace("; ", "\n\t")),
            (true, _) => format!("{head} if {{ {body} }}"),
        }
    }

    fn complete_rules(&mut self, name: &str, clauses: usize, text: &mut String) {
        let kind = if self.random.chance(40) { Kind::Boolean } else { Kind::some(self.random) };
        if self.random.chance(40) {
            let literal = if self.random.chance(85) {
                self.literal(kind)
            } else {
                "[x | x := [1, 2][_]]".to_owned()
            };
            text.push_str(&format!("default {name} {} {literal}\n", self.assign()));
        }
        for _ in 0..clauses {
            let clause = self.scoped(|g| g.chain(name, kind));
            text.push_str(&clause);
        }
        self.know(name, kind);
    }

    /// A clause with those after its `else`.
    pub(super) fn chain(&mut self, head: &str, kind: Kind) -> String {
        let value = |g: &mut Self| {
            if g.random.chance(30) { g.expression(kind) } else { g.term(kind) }
        };
        let known = self.scope.len();
        let is_bare = kind == Kind::Boolean && self.random.chance(50);
        let body = self.body();
        let head = if is_bare {
            head.to_owned()
        } else {
            let value = value(self);
            format!("{head} {} {value}", self.assign())
        };
        let mut text = self.when(&head, &body);
        self.scope.truncate(known);
        while self.random.chance(25) {
            let body = self.body();
            let value = value(self);
            let head = format!(" else {} {value}", self.assign());
            if self.random.chance(15) {
                text.push_str(&head);
                break;
            }
            text.push_str(&self.when(&head, &body));
            self.scope.truncate(known);
        }
        text.push('\n');
        text
    }

    fn set(&mut self, name: &str, member: &str, body: &str) -> String {
        let head = if self.has_words() {
            format!("{name} contains {member}")
        } else {
            format!("{name}[{member}]")
        };
        self.when(&head, body) + "\n"
    }

    /// What stands behind the name: fixed fields, and `K` for open keys. `C` is a set.
    fn head_shapes(&mut self) -> Vec<&'static str> {
        const FAMILIES: [&[&str]; 12] = [
            &["[K]"],
            &["[K]"],
            &[".p[K]"],
            &["[K][K]"],
            &["[K] C", "[K] C"],
            &["[K].q C"],
            &[".p", ".q"],
            &[".p C", ".q C"],
            &["[K].p[K]", "[K].q"],
            &["[K]", ".p"],
            &[".p[K].q C", ".p.x"],
            &["[K][K] C", "[K].z[K] C"],
        ];
        let family = FAMILIES[self.random.below(FAMILIES.len())];
        // Shapes that don't belong together, now and then.
        if self.random.chance(10) {
            let other = FAMILIES[self.random.below(FAMILIES.len())];
            return family.iter().chain(other).copied().collect();
        }
        family.to_vec()
    }

    fn object(&mut self, name: &str, shape: &str) -> String {
        let body = self.body();
        let (path, is_set) = match shape.strip_suffix(" C") {
            Some(path) => (path, true),
            None => (shape, false),
        };
        let mut head = name.to_owned();
        for (number, part) in path.split('K').enumerate() {
            if number > 0 {
                let key = match self.random.below(5) {
                    0 => self.expression(Kind::String),
                    1 => self.any(),
                    _ => self.term(Kind::String),
                };
                head.push_str(&key);
            }
            head.push_str(part);
        }
        let value = if self.random.chance(30) { self.expression(Kind::Any) } else { self.any() };
        if is_set {
            // v0 has no word for it.
            let head = if self.has_words() {
                format!("{head} contains {value}")
            } else {
                format!("{head}[{value}]")
            };
            return self.when(&head, &body) + "\n";
        }
        let head = format!("{head} {} {value}", self.assign());
        self.when(&head, &body) + "\n"
    }

    fn functions(&mut self, name: &str, clauses: usize, text: &mut String) {
        let kind = Kind::some(self.random);
        let args: Vec<Kind> = (0..=self.random.below(3)).map(|_| Kind::some(self.random)).collect();
        let name = if self.random.chance(10) { format!("{name}.f") } else { name.to_owned() };
        if self.random.chance(25) {
            let wildcards = vec!["_"; args.len()].join(", ");
            let literal = self.literal(kind);
            let assign = self.assign();
            text.push_str(&format!("default {name}({wildcards}) {assign} {literal}\n"));
        }
        for _ in 0..clauses {
            let clause = self.scoped(|g| {
                let args: Vec<String> = args.iter().map(|kind| g.parameter(*kind)).collect();
                g.chain(&format!("{name}({})", args.join(", ")), kind)
            });
            text.push_str(&clause);
        }
        self.rules.push(Known { name, kind, args: Some(args) });
    }

    fn parameter(&mut self, kind: Kind) -> String {
        match (self.random.below(10), kind) {
            (0, _) => self.literal(kind),
            (1, _) => "_".into(),
            (2, Kind::Array) | (3, _) => {
                let (first, second) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!("[{first}, {second}]")
            }
            (2, Kind::Object) | (4, _) => {
                let (first, second) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!("{{\"a\": {first}, \"b\": [{second}, {}]}}", self.literal(Kind::Any))
            }
            _ => self.bound(kind),
        }
    }
}
