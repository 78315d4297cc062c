//! Patterns, which take values apart.

use super::Generator;
use super::kind::Kind;

impl Generator<'_> {
    pub(super) fn pattern(&mut self) -> String {
        let sign = self.random.pick(&["=", ":="]);
        match self.random.below(11) {
            0 if self.has_words() => {
                let collection = self.collection();
                let (first, second) = (self.bound(Kind::Any), self.bound(Kind::Any));
                match self.random.below(4) {
                    0 => format!("some {first}, [{second}, _] in {collection}"),
                    1 => format!("some {first}, {{\"a\": {second}}} in {collection}"),
                    2 => format!("some [{first}, {second}] in {collection}"),
                    _ => {
                        let known = self.any();
                        format!("some {first}, [{second}, {known}] in {collection}")
                    }
                }
            }
            1 | 2 => {
                let value = self.expression(Kind::Array);
                let (first, second) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!("[{first}, {second}] {sign} {value}")
            }
            3 => {
                let value = self.expression(Kind::Object);
                let (first, second) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!("{{\"a\": {first}, \"b\": {second}}} {sign} {value}")
            }
            4 => {
                let (one, two) = (self.expression(Kind::Any), self.any());
                let (first, second) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!("[{first}, [{second}, {two}]] = [{one}, [{two}, {second}]]")
            }
            5 => {
                let one = self.expression(Kind::Any);
                let (first, second) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!(
                    "{{\"a\": {first}, \"b\": [{second}]}} = {{\"b\": [{one}], \"a\": {second}}}"
                )
            }
            6 => {
                let (one, two) = (self.expression(Kind::Any), self.any());
                let (first, second) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!("[{first}, {{\"k\": {second}}}] {sign} [{one}, {{\"k\": {two}}}]")
            }
            7 => {
                // What a call gives may be named as one argument more.
                let list = self.reference(Kind::Array);
                format!("count({list}, {})", self.bound(Kind::Number))
            }
            8 => {
                let value = self.any();
                let (first, second) = (self.bound(Kind::Any), self.bound(Kind::Any));
                format!("{first} = {second}; {second} = {value}")
            }
            9 => {
                let names: Vec<String> = (0..2).map(|_| self.bound(Kind::Any)).collect();
                let (one, two) = (self.reference(Kind::Array), self.reference(Kind::Object));
                format!("some {0}, {1}; {one}[{0}] == {two}[{1}]", names[0], names[1])
            }
            _ => {
                let value = self.expression(Kind::Array);
                let first = self.bound(Kind::Any);
                let known = self.any();
                format!("[{first}, {known}] = {value}")
            }
        }
    }
}
