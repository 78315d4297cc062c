//! Calls of the functions that policies define.

use super::Generator;
use super::documents::FUNCTIONS;
use super::kind::Kind;

impl Generator<'_> {
    pub(super) fn call(&mut self, kind: Kind) -> String {
        let mut fitting: Vec<(String, Vec<Kind>)> = self
            .rules
            .iter()
            .filter(|rule| rule.kind.fits(kind))
            .filter_map(|rule| Some((rule.name.clone(), rule.args.clone()?)))
            .collect();
        if fitting.is_empty() || self.random.chance(20) {
            let library = FUNCTIONS.iter().filter(|(.., result)| result.fits(kind));
            fitting
                .extend(library.map(|(name, args, _)| (format!("data.lib.{name}"), args.to_vec())));
        }
        if fitting.is_empty() {
            return self.builtin(kind);
        }
        let (name, args) = fitting[self.random.below(fitting.len())].clone();
        let args: Vec<String> = args
            .into_iter()
            .map(
                |kind| if self.random.chance(25) { self.expression(kind) } else { self.term(kind) },
            )
            .collect();
        let call = format!("{name}({})", args.join(", "));
        // A call may be looked into.
        if kind == Kind::Any && self.random.chance(10) {
            return format!("{call}[{}]", self.any());
        }
        call
    }
}
