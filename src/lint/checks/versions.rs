//! What is left of the Rego before OPA 1.0.

use crate::lint::Finding;
use crate::lint::names::{NEEDLESS_IMPORT, REGO_V0};
use crate::lint::world::World;
use crate::rego::{self, Module, PolicyLimits, RegoVersion, VersionChoice};

/// The keywords that were imported one by one.
const OF_V1: [&str; 4] = ["in", "if", "contains", "every"];

pub(super) fn check(world: &World<'_>, found: &mut Vec<Finding>) {
    // What a template is read as is said in the template, and v0 there unless it says otherwise.
    if world.is_template {
        return;
    }
    for module in world.modules {
        match module.version {
            RegoVersion::V0 => found.push(old(module)),
            RegoVersion::V1 => imports(module, found),
        }
    }
}

fn old(module: &Module) -> Finding {
    let source = &module.source;
    let error = rego::parse(source, VersionChoice::V1, &PolicyLimits::default()).err();
    let place = error.as_ref().and_then(|error| error.span);
    let why = error.map(|error| error.message);
    let why = why.as_deref().map(|why| why.trim_start_matches("the policy does not parse: "));
    let message = "the file is Rego as it was before OPA 1.0";
    let span = place.unwrap_or(module.syntax.package_span);
    Finding::new(REGO_V0, message, source, span).label(why.unwrap_or("here").to_owned()).help(
        "`opa fmt --write --v0-v1` rewrites it; OPA 1.0 reads it with `--v0-compatible` alone",
    )
}

fn imports(module: &Module, found: &mut Vec<Finding>) {
    for import in &module.syntax.imports {
        let path: Vec<&str> = import.path.iter().map(|part| &**part).collect();
        let is_needless = match path.as_slice() {
            ["rego", "v1"] | ["future", "keywords"] => true,
            ["future", "keywords", keyword] => OF_V1.contains(keyword),
            _ => false,
        };
        if is_needless {
            let message = format!("`{}` gives nothing that Rego v1 does not have", path.join("."));
            let finding = Finding::new(NEEDLESS_IMPORT, message, &module.source, import.span);
            found.push(finding.help("leave it out, unless an OPA before 1.0 reads the file too"));
        }
    }
}
