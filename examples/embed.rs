//! manifestly as a library: load policies, check a value and a folder, walk the findings.
//!
//! Run it with `cargo run --example embed`.

#![allow(clippy::print_stdout)]

use manifestly::check::Checker;
use manifestly::policy::Loader;

const POLICY: &str = r#"
# METADATA
# title: Teams must be named
# custom: {id: team/named, owner: platform, help: add a `team` key}
package team

deny contains {"msg": "no team is named", "path": ["team"]} if not input.team
"#;

fn main() -> miette::Result<()> {
    let policies = Loader::new().policy_text("team.rego", POLICY).load()?;
    let report = Checker::new(policies)?.check_value(&serde_json::json!({"name": "web"}));
    for finding in &report.findings {
        println!("{}: {finding}, says {:?}", finding.policy.id, finding.policy.metadata.owner);
    }

    // Without a policy of your own the embedded pack judges.
    let report = Checker::new(Loader::new().load()?)?.check_paths(&["fixtures/shop"]);
    for finding in report.findings {
        // A finding is a `miette::Diagnostic`: this shows it with its place in the manifest.
        println!("{:?}", miette::Report::new(finding));
    }
    Ok(())
}
