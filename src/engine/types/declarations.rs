//! What the builtins take and give.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::engine::value::Value;

use super::kind::{Function, Type};

/// One function a line: `name(argument, ..) -> result`. Types are written as messages show them,
/// with `(a | b)` for one of several.
const TEXT: &str = include_str!("declarations.txt");

static BY_NAME: LazyLock<HashMap<&'static str, Type>> = LazyLock::new(|| {
    TEXT.lines()
        .filter_map(|line| {
            let (name, _) = line.split_once('(')?;
            Some((name, Reader { rest: &line[name.len()..] }.function()?))
        })
        .collect()
});

/// The type of a builtin.
pub(super) fn declared(name: &str) -> Option<&'static Type> {
    BY_NAME.get(name)
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &str {
        let length = self
            .rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        word
    }

    fn function(&mut self) -> Option<Type> {
        let mut arguments = Vec::new();
        let mut variadic = None;
        self.take("(");
        while !self.take(")") {
            let argument = self.kind()?;
            if self.take("...") {
                variadic = Some(argument);
            } else {
                arguments.push(argument);
            }
            self.take(", ");
        }
        let result = if self.take(" -> ") { self.kind()? } else { Type::Unknown };
        Some(Type::Function(Arc::new(Function { arguments, result, variadic })))
    }

    fn kind(&mut self) -> Option<Type> {
        if self.take("(") {
            let mut all = self.kind()?;
            while self.take(" | ") {
                all = all.or(&self.kind()?);
            }
            return self.take(")").then_some(all);
        }
        Some(match self.word() {
            "any" => Type::any(),
            "null" => Type::Null,
            "boolean" => Type::Boolean,
            "number" => Type::Number,
            "string" => Type::String,
            "set" => Type::set(self.inside()?),
            "array" => {
                let mut items = Vec::new();
                if self.take("<") {
                    while !self.take(">") {
                        items.push(self.kind()?);
                        self.take(", ");
                    }
                }
                Type::array(items, self.inside()?)
            }
            "object" => {
                let mut fields = Vec::new();
                if self.take("<") {
                    while !self.take(">") {
                        let key = Value::string(self.word());
                        self.take(": ");
                        fields.push((key, self.kind()?));
                        self.take(", ");
                    }
                }
                let mut rest = None;
                if self.take("[") {
                    let key = self.kind()?;
                    self.take(": ");
                    rest = Some((key, self.kind()?));
                    self.take("]");
                }
                Type::object(fields, rest)
            }
            _ => return None,
        })
    }

    fn inside(&mut self) -> Option<Type> {
        if !self.take("[") {
            return Some(Type::Unknown);
        }
        let kind = self.kind()?;
        self.take("]").then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::builtins;

    #[test]
    fn every_builtin_is_declared() {
        assert_eq!(BY_NAME.len(), TEXT.lines().count());
        for builtin in builtins::all().chain(builtins::extensions()) {
            let Some(Type::Function(function)) = declared(builtin.name) else {
                assert!(builtin.name.starts_with("internal.test"), "{}", builtin.name);
                continue;
            };
            assert_eq!(function.arguments.len(), builtin.arity, "{}", builtin.name);
        }
    }

    #[test]
    fn declarations_are_read_as_they_are_written() {
        let shown = |name| match declared(name) {
            Some(Type::Function(function)) => {
                format!(
                    "{:?} {}",
                    function.arguments.iter().map(Type::to_string).collect::<Vec<_>>(),
                    function.result
                )
            }
            other => format!("{other:?}"),
        };
        assert_eq!(shown("startswith"), r#"["string", "string"] boolean"#);
        assert_eq!(
            shown("count"),
            r#"["string or array[any] or object[any: any] or set[any]"] number"#
        );
    }
}
