//! Terms that are only looked at: variables, constants, and paths into what is known already.
//! Nothing is calculated and nothing copied.

use crate::engine::ir::Expr;
use crate::engine::value::Value;

use super::Evaluation;

/// What a look at a term shows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seen<'s> {
    /// Its value.
    Value(&'s Value),
    /// That it has none.
    Undefined,
    /// That it has to be evaluated.
    Unknown,
}

impl Evaluation<'_> {
    /// Looks at a term. What a look finds missing goes into the trace.
    #[inline]
    pub(super) fn peek<'s>(&'s self, expr: &'s Expr) -> Seen<'s> {
        match expr {
            Expr::Constant(value) => Seen::Value(value),
            Expr::Slot(slot) => Seen::Value(self.slot(*slot)),
            Expr::Single(inner) => match &**inner {
                // What is called has to be evaluated.
                Expr::Call(..) => Seen::Unknown,
                inner => self.peek_inside(inner),
            },
            other => self.peek_inside(other),
        }
    }

    fn peek_inside<'s>(&'s self, expr: &'s Expr) -> Seen<'s> {
        match expr {
            Expr::Constant(_) | Expr::Slot(_) | Expr::Single(_) => self.peek(expr),
            Expr::Input => self.world.input.as_ref().map_or(Seen::Undefined, Seen::Value),
            Expr::Rule(rule) => match self.world.values.get(*rule) {
                Some(known) => {
                    self.note_rule(known);
                    known.value.as_ref().map_or(Seen::Undefined, Seen::Value)
                }
                None => Seen::Unknown,
            },
            Expr::Get(base, keys) => {
                let mut current = match self.peek(base) {
                    Seen::Value(value) => value,
                    other => return other,
                };
                for (at, key) in keys.iter().enumerate() {
                    let Seen::Value(key) = self.peek(key) else { return Seen::Unknown };
                    match self.member(current, key) {
                        Some(found) => current = found,
                        None => {
                            self.note_behind(&keys[at + 1..]);
                            return Seen::Undefined;
                        }
                    }
                }
                Seen::Value(current)
            }
            _ => Seen::Unknown,
        }
    }
}
