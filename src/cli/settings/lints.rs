//! Which lints are switched off.

use std::sync::Arc;

use toml::Spanned;

use crate::cli::args::CheckArgs;
use crate::lint::{self, Lint};
use crate::source::Span;

use super::environment::{Environment, comma_list};
use super::error::SettingsError;
use super::file::Found;
use super::setting::{Origin, Setting, first, given};

pub(super) fn allow_lints(
    args: &CheckArgs,
    environment: Environment<'_>,
    found: Option<&Found>,
) -> Result<Setting<Vec<Lint>>, SettingsError> {
    let said = first([
        given("--allow", &args.allow_lints),
        comma_list("MANIFESTLY_ALLOW_LINTS", environment),
    ]);
    let known = |name: &str, place: Option<(&Found, std::ops::Range<usize>)>| {
        lint::named(name).map_err(|near| SettingsError {
            text: place.as_ref().map(|(found, _)| Arc::clone(&found.text)),
            span: place.map(|(_, span)| Span::new(span.start, span.end)),
            help: Some(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`manifestly policy lint --explain` lists them".to_owned(),
            }),
            ..SettingsError::new(format!("there is no lint `{name}`"))
        })
    };
    if said.origin != Origin::Default {
        let value = said.value.iter().map(|name| known(name, None)).collect::<Result<_, _>>()?;
        return Ok(Setting { value, origin: said.origin });
    }
    let in_file = found.and_then(|found| Some((found, found.file.allow_lints.as_ref()?)));
    let Some((found, names)) = in_file else { return Ok(Setting::default()) };
    let names_of = |names: &Vec<Spanned<String>>| {
        let named = names.iter().map(|name| known(name.get_ref(), Some((found, name.span()))));
        named.collect::<Result<Vec<_>, _>>()
    };
    let read = found
        .setting(Some(names), names_of)
        .unwrap_or(Setting { value: Ok(Vec::new()), origin: Origin::Default });
    Ok(Setting { value: read.value?, origin: read.origin })
}
