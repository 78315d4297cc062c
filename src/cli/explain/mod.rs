//! `manifestly explain`: all that is known of one policy.

mod args;

use std::process::ExitCode;

use chrono::NaiveDate;

use crate::agreement::Agreement;
use crate::catalog::{self, Catalog};
use crate::rego::PolicyError;

use super::policy::{self, Refusal};
use super::terminal::Terminal;

pub(super) use args::ExplainArgs;

pub(super) fn run(args: &ExplainArgs, terminal: Terminal) -> ExitCode {
    match super::pool(0) {
        Ok(pool) => pool.install(|| explain(args, terminal)),
        Err(error) => terminal.fail("no threads to look with", &error),
    }
}

pub(super) fn explain(args: &ExplainArgs, terminal: Terminal) -> ExitCode {
    let Known { catalog, wrong, as_of } = match known(args) {
        Ok(known) => known,
        Err(refusal) => return refusal.told(terminal),
    };
    let entries = catalog.find(&args.id);
    if entries.is_empty() {
        terminal.complain(&unknown(&catalog, &args.id));
        return ExitCode::from(2);
    }
    let layout = catalog::Layout {
        examples: args.examples,
        as_of: Some(as_of),
        ..terminal.catalog_layout()
    };
    let write = |out: &mut dyn std::io::Write| {
        catalog::write_one(&entries, args.format, args.source, &layout, out)
    };
    wrong.iter().for_each(|error| terminal.complain(error));
    let code = if wrong.is_empty() { 0 } else { 2 };
    policy::written(terminal.print_with(write), code, terminal)
}

/// What there is to explain.
struct Known {
    catalog: Catalog,
    /// What is wrong with waivers, which may be of this policy.
    wrong: Vec<PolicyError>,
    /// The day that dates are held against.
    as_of: NaiveDate,
}

fn known(args: &ExplainArgs) -> Result<Known, Refusal> {
    let settings = policy::settings(&args.policy, &args.agreement, &[], &[])?;
    let policies = policy::load(&settings)?;
    let wants = |id: &str| id == args.id;
    let paths = &settings.policies.value;
    let Agreement { as_of, waivers, .. } = settings.agreed.without_baseline();
    let mut catalog = Catalog::of(&policies).with_judged_examples(&policies, paths, &wants);
    let wrong = catalog.note_waivers(&policies, waivers, as_of);
    Ok(Known { catalog, wrong, as_of })
}

fn unknown(catalog: &Catalog, id: &str) -> PolicyError {
    let near: Vec<_> = catalog.nearest(id).iter().map(|id| format!("`{id}`")).collect();
    let help = match near.as_slice() {
        [] => "`manifestly policy list` lists the policies there are".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    PolicyError::new(format!("there is no policy `{id}`")).with_help(help)
}
