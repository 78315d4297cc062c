//! `with`: what stands in for what.

use super::Generator;
use super::documents::{FIELDS, FUNCTIONS, RULES};
use super::kind::Kind;

impl Generator<'_> {
    /// One or two modifiers.
    pub(super) fn with(&mut self) -> String {
        let first = self.replacement();
        if self.random.chance(25) { format!("{first} {}", self.replacement()) } else { first }
    }

    fn replacement(&mut self) -> String {
        if self.random.chance(25) {
            return self.function_replacement();
        }
        let (target, kind) = self.target();
        let value = match self.random.below(4) {
            0 => self.expression(kind),
            1 => self.any(),
            _ => self.term(kind),
        };
        format!("with {target} as {value}")
    }

    fn target(&mut self) -> (String, Kind) {
        let own: Vec<(String, Kind)> = self
            .rules
            .iter()
            .filter(|rule| rule.args.is_none())
            .map(|rule| (rule.name.clone(), rule.kind))
            .collect();
        let (field, kind) = FIELDS[self.random.below(FIELDS.len())];
        match self.random.below(12) {
            0..3 if !own.is_empty() => own[self.random.below(own.len())].clone(),
            3 if !own.is_empty() => {
                let (name, _) = &own[self.random.below(own.len())];
                (format!("{name}[{:?}]", self.random.pick(&["a", "p", "q"])), Kind::Any)
            }
            4 => ("input".into(), Kind::Object),
            5 => (format!("data.base.{field}"), kind),
            6 => ("data.base".into(), Kind::Object),
            7 => {
                let (name, kind) = RULES[self.random.below(RULES.len())];
                (format!("data.lib.{name}"), kind)
            }
            8 => ("data.nowhere.x".into(), Kind::Any),
            9 => (format!("input.{field}.a"), Kind::Any),
            _ => (format!("input.{field}"), kind),
        }
    }

    fn function_replacement(&mut self) -> String {
        const BUILTINS: [&str; 8] = [
            "count",
            "upper",
            "type_name",
            "sum",
            "is_string",
            "object.get",
            "array.concat",
            "json.marshal",
        ];
        let own: Vec<String> = self
            .rules
            .iter()
            .filter(|rule| rule.args.is_some())
            .map(|rule| rule.name.clone())
            .collect();
        let function = |g: &mut Self| match g.random.below(4) {
            0 | 1 if !own.is_empty() => own[g.random.below(own.len())].clone(),
            2 => format!("data.lib.{}", FUNCTIONS[g.random.below(FUNCTIONS.len())].0),
            _ => g.random.pick(&BUILTINS).to_owned(),
        };
        let target = function(self);
        let value = if self.random.chance(50) { function(self) } else { self.any() };
        format!("with {target} as {value}")
    }
}
