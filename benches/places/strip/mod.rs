//! Policies without what they say of places.
//!
//! Entries of results that tell a place are taken out of the text, then, again and again, what
//! has become unused by that: variables, the values and parameters of functions, functions. What
//! decides whether a rule holds stays as it is.

mod calls;
mod edits;
mod names;
mod needs;
mod results;
mod unreached;
mod unused;
mod words;

use std::sync::Arc;

use manifestly::rego::{Module, PolicyError, PolicyLimits, VersionChoice, parse};
use manifestly::source::SourceText;

use super::conventions::Conventions;
use edits::Edits;
use unused::Untouched;

/// How often it is looked for what has become unused.
const ROUNDS: usize = 100;

/// The policy as `check` can ask it: its rules and the words of its results under names that
/// check knows. Places stay.
pub(crate) fn prepared(
    policy: &Arc<SourceText>,
    conventions: &Conventions,
) -> Result<Arc<SourceText>, PolicyError> {
    let module = read(policy)?;
    Ok(applied(results::named(&module, conventions), policy))
}

/// A policy that has been prepared, without anything that tells a place.
pub(crate) fn stripped(
    prepared: &Arc<SourceText>,
    conventions: &Conventions,
) -> Result<Arc<SourceText>, PolicyError> {
    let module = read(prepared)?;
    let untouched = Untouched::of(&module);
    let was = unreached::reached(&module, conventions);
    let mut text = applied(results::placeless(&module, conventions), prepared);
    for _ in 0..ROUNDS {
        let module = read(&text)?;
        let edits = unused::edits(&module, &untouched);
        if edits.is_empty() {
            break;
        }
        text = applied(edits, &text);
    }
    let module = read(&text)?;
    text = applied(unreached::edits(&module, &was, conventions), &text);
    read(&text)?;
    Ok(text)
}

/// Whether a policy has rules that are asked. One that does not parse may have some.
pub(crate) fn reports(policy: &Arc<SourceText>, conventions: &Conventions) -> bool {
    let asks = |module: Module| results::asks(&module.syntax, conventions);
    read(policy).map_or(true, asks)
}

fn read(text: &Arc<SourceText>) -> Result<Module, PolicyError> {
    parse(text, VersionChoice::Auto, &PolicyLimits::default())
}

fn applied(edits: Edits, text: &SourceText) -> Arc<SourceText> {
    Arc::new(SourceText::new(text.name(), edits.apply(text.text())))
}

#[cfg(test)]
mod tests;
