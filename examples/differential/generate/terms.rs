//! Terms: references, operators, comprehensions, templates.

use super::Generator;
use super::documents::{FIELDS, RULES, WORDS};
use super::kind::Kind;

impl Generator<'_> {
    /// Anything with a value of the kind, mostly.
    pub(super) fn expression(&mut self, kind: Kind) -> String {
        if self.depth > 3 {
            return self.term(kind);
        }
        let kind = match kind {
            Kind::Any if self.random.chance(70) => Kind::some(self.random),
            kind => kind,
        };
        match (kind, self.random.below(10)) {
            (_, 0) => self.call(kind),
            (_, 1 | 2) => self.builtin(kind),
            (Kind::Number, 3 | 4) => self.arithmetic(),
            (Kind::String, 3 | 4) if self.dialect != super::Dialect::V0 => self.template(),
            (Kind::Boolean, 3) => format!("({})", self.comparison()),
            (Kind::Boolean, 4) if self.has_words() => {
                let collection = self.collection();
                format!("({} in {collection})", self.term(Kind::Any))
            }
            (Kind::Array | Kind::Object | Kind::Set, 3 | 4) => self.comprehension(kind),
            (Kind::Array, 5) => format!("[{}, {}]", self.expression(Kind::Any), self.any()),
            (Kind::Object, 5) => {
                let (key, value) = (self.word(), self.expression(Kind::Any));
                format!("{{{key}: {value}, {}: {}}}", self.term(Kind::String), self.any())
            }
            (Kind::Set, 5) => format!("{{{}, {}}}", self.any(), self.any()),
            (Kind::Set, 6 | 7) => {
                let sign = self.random.pick(&["|", "&", "-"]);
                format!("({} {sign} {})", self.expression(Kind::Set), self.term(Kind::Set))
            }
            (Kind::Any, 3) => {
                let collection = Kind::collection(self.random);
                let literal = self.literal(collection);
                format!("{literal}[{}]", self.any())
            }
            _ => self.term(kind),
        }
    }

    fn arithmetic(&mut self) -> String {
        let sign = |g: &mut Self| g.random.pick(&["+", "-", "*", "/", "%"]);
        let (one, two) = (sign(self), sign(self));
        match self.random.below(4) {
            0 => format!("({} {one} {}) {two} {}", self.number(), self.number(), self.number()),
            1 => format!("{} {one} {} {two} {}", self.number(), self.number(), self.number()),
            _ => format!("{} {one} {}", self.number(), self.number()),
        }
    }

    fn number(&mut self) -> String {
        if self.random.chance(50) { self.number_literal() } else { self.term(Kind::Number) }
    }

    pub(super) fn comparison(&mut self) -> String {
        let kind = Kind::some(self.random);
        let sign = self.random.pick(&["==", "!=", "<", "<=", ">", ">=", "=="]);
        format!("{} {sign} {}", self.expression(kind), self.term(kind))
    }

    fn template(&mut self) -> String {
        let part = |g: &mut Self| {
            let kind = Kind::some(g.random);
            if g.random.chance(60) { g.term(kind) } else { g.expression(kind) }
        };
        let (one, two) = (part(self), part(self));
        match self.random.below(5) {
            0 => format!("$`raw {{{one}}} \\{{x}} {{{two}}}`"),
            1 => format!("$\"{{{one}}}\""),
            2 => format!("$\"\\\"{{{one}}}\\u00e9\\{{ {{{two}}}\""),
            3 => {
                let with = self.with();
                format!("$\"{{{one} {with}}}-{{{two}}}\"")
            }
            _ => format!("$\"é {{{one}}}-{{{two}}}\""),
        }
    }

    pub(super) fn any(&mut self) -> String {
        self.term(Kind::Any)
    }

    /// A literal, a variable or a reference.
    pub(super) fn term(&mut self, kind: Kind) -> String {
        match self.random.below(6) {
            0 | 1 => self.literal(kind),
            2 | 3 => match self.variable(kind) {
                Some(name) => name,
                None => self.reference(kind),
            },
            _ => self.reference(kind),
        }
    }

    pub(super) fn variable(&mut self, kind: Kind) -> Option<String> {
        let fitting: Vec<String> = self
            .scope
            .iter()
            .filter(|(_, known)| known.fits(kind))
            .map(|(name, _)| name.clone())
            .collect();
        (!fitting.is_empty()).then(|| fitting[self.random.below(fitting.len())].clone())
    }

    fn own_rule(&mut self, kind: Kind) -> Option<String> {
        let fitting: Vec<String> = self
            .rules
            .iter()
            .filter(|rule| rule.args.is_none() && rule.kind.fits(kind))
            .map(|rule| rule.name.clone())
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let name = fitting[self.random.below(fitting.len())].clone();
        Some(if self.random.chance(10) { format!("data.{}.{name}", self.package) } else { name })
    }

    fn imported(&mut self, kind: Kind) -> Option<String> {
        let fitting: Vec<String> = self
            .imports
            .iter()
            .filter(|(_, known)| known.fits(kind))
            .map(|(name, _)| name.clone())
            .collect();
        (!fitting.is_empty()).then(|| fitting[self.random.below(fitting.len())].clone())
    }

    /// A path into a document, or what a rule gives.
    pub(super) fn reference(&mut self, kind: Kind) -> String {
        let found = match self.random.below(10) {
            0..3 => self.own_rule(kind),
            3 => self.imported(kind),
            4 => self.variable(kind),
            5 => {
                let (name, known) = RULES[self.random.below(RULES.len())];
                known.fits(kind).then(|| format!("data.lib.{name}"))
            }
            _ => None,
        };
        let mut text = match found {
            Some(text) => text,
            None => self.document(kind),
        };
        while self.random.chance(if kind == Kind::Any { 30 } else { 8 }) {
            let key = self.key();
            text.push_str(&key);
        }
        text
    }

    fn document(&mut self, kind: Kind) -> String {
        let root = self.random.pick(&["input", "input", "input", "input", "data.base"]);
        let path = match kind {
            Kind::Number => self.random.pick(&[".c", ".b[W]", ".a[I].c", ".d[I]"]),
            Kind::String => self.random.pick(&[".name", ".kind", ".a[I].name", ".d[I]"]),
            Kind::Array => self.random.pick(&[".a", ".d", ".a[I].d"]),
            Kind::Object => self.random.pick(&[".b", ".a[I]", ".a[I].b", ""]),
            Kind::Boolean => self.random.pick(&[".t", ".a[I].t"]),
            Kind::Set | Kind::Any => {
                let (field, _) = FIELDS[self.random.below(FIELDS.len())];
                return format!("{root}.{field}");
            }
        };
        let mut text = root.to_owned();
        for (number, part) in path.split(['[', ']']).enumerate() {
            match part {
                "I" if number % 2 == 1 => text.push_str(&self.index()),
                "W" if number % 2 == 1 => text.push_str(&self.name_key()),
                part => text.push_str(part),
            }
        }
        text
    }

    fn index(&mut self) -> String {
        match self.random.below(10) {
            0..4 => "[_]".into(),
            4..7 => format!("[{}]", self.random.below(3)),
            7 => format!("[{}]", self.bound(Kind::Number)),
            _ => match self.variable(Kind::Number) {
                Some(name) => format!("[{name}]"),
                None => "[0]".into(),
            },
        }
    }

    fn name_key(&mut self) -> String {
        match self.random.below(10) {
            0..2 => "[_]".into(),
            2 => format!("[{}]", self.bound(Kind::String)),
            3 => match self.variable(Kind::String) {
                Some(name) => format!("[{name}]"),
                None => ".a".into(),
            },
            4 => format!("[{}]", self.term(Kind::String)),
            _ => format!("[{:?}]", self.random.pick(&WORDS)),
        }
    }

    fn key(&mut self) -> String {
        match self.random.below(7) {
            0 | 1 => format!(".{}", FIELDS[self.random.below(FIELDS.len())].0),
            2 => "[_]".to_owned(),
            3 => self.index(),
            4 => self.name_key(),
            5 => format!("[[{}, {}]]", self.any(), self.any()),
            _ => format!("[{}]", self.any()),
        }
    }

    pub(super) fn collection(&mut self) -> String {
        let kind = Kind::collection(self.random);
        if self.random.chance(20) { self.expression(kind) } else { self.reference(kind) }
    }

    pub(super) fn comprehension(&mut self, kind: Kind) -> String {
        self.scoped(|g| {
            let body = g.short_body();
            let value = if g.random.chance(20) { g.expression(Kind::Any) } else { g.any() };
            match kind {
                Kind::Array => format!("[{value} | {body}]"),
                Kind::Set => format!("{{{value} | {body}}}"),
                _ => format!("{{{}: {value} | {body}}}", g.term(Kind::String)),
            }
        })
    }
}
