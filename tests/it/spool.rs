//! Reports whose findings were set aside: the same bytes, wherever they were held and however
//! many threads found them.

use std::sync::Arc;

use manifestly::check::{Checker, Input, Options, Reported, SpoolOptions, walk};
use manifestly::policy::Loader;
use manifestly::report::{self, Format};
use manifestly::source::SourceText;

const POLICY: &str = r#"package main

deny contains {"msg": "no one", "path": "spec.owner"} if not input.spec.owner

warn contains "a name is short" if count(input.metadata.name) < 3

# METADATA
# custom: {level: info}
warn_note contains "noted" if input.metadata.name

exception contains [""] if input.metadata.namespace == "old"
"#;

/// Every finding comes many times, in files that are not in the order of their names.
fn inputs() -> Vec<Input> {
    let walk = walk(&Options::default()).unwrap();
    let (files, errors) = walk.files(&["policies", "fixtures/shop", "fixtures/kubectl"]);
    assert!(errors.is_empty() && files.len() > 50);
    let texts = (0..700).rev().map(|number| {
        let namespace = if number % 50 == 0 { "old" } else { "new" };
        let text = format!(
            "kind: Thing\napiVersion: v1\nmetadata:\n  name: n{}\n  namespace: {namespace}\n",
            number % 60,
        );
        Input::Text(Arc::new(SourceText::new(format!("{number:03}.yaml"), text)))
    });
    texts.chain(files.into_iter().map(Input::File)).collect()
}

fn written(report: &dyn Reported, format: Format) -> String {
    let mut out = Vec::new();
    report::write(report, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn findings_that_were_set_aside_are_told_as_those_that_were_not() {
    let policies = Loader::new().policy("policies").policy_text("p.rego", POLICY).load().unwrap();
    let checker = Checker::new(policies).unwrap();
    let inputs = inputs();
    let mut whole = checker.check(&inputs, Vec::new(), &|| {});
    whole.summary.duration_ms = 0;
    assert!(whole.findings.len() > 1500 && !whole.errors.is_empty() && whole.summary.waived > 0);
    let expected = Format::ALL.map(|format| written(&whole, format));
    for (memory, threads) in [(0, 1), (5_000, 2), (usize::MAX, 7)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(32 << 20);
        pool.build().unwrap().install(|| {
            let options = SpoolOptions { memory, ..SpoolOptions::default() };
            let spooled = checker.check_spooled(&inputs, Vec::new(), options, &|| {});
            let mut spooled = spooled.unwrap();
            spooled.summary.duration_ms = 0;
            assert_eq!(spooled.summary, whole.summary);
            for (format, expected) in Format::ALL.into_iter().zip(&expected) {
                let told = written(&spooled, format);
                assert!(told == *expected, "{format} with {memory} bytes and {threads} threads");
            }
        });
    }
}
