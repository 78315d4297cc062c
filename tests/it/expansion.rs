//! Expansion templates, from the command line.

use crate::run::{Ran, folder, run_in};

const EXPANSIONS: &str = "\
apiVersion: expansion.gatekeeper.sh/v1beta1
kind: ExpansionTemplate
metadata: {name: expand-cronjobs}
spec:
  applyTo: [{groups: [batch], versions: [v1], kinds: [CronJob]}]
  templateSource: spec.jobTemplate
  generatedGVK: {group: batch, version: v1, kind: Job}
---
apiVersion: expansion.gatekeeper.sh/v1alpha1
kind: ExpansionTemplate
metadata: {name: expand-jobs}
spec:
  applyTo: [{groups: [batch], versions: [v1], kinds: [Job]}]
  templateSource: spec.template
  generatedGVK: {group: \"\", version: v1, kind: Pod}
  enforcementAction: warn
";

const TEMPLATE: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: told}
spec:
  crd: {spec: {names: {kind: Told}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package told

        violation[{\"msg\": msg, \"path\": [\"spec\", \"priority\"]}] {
          msg := sprintf(\"%v of %v has a priority\", [input.review.name, input.review.namespace])
          input.review.object.spec.priority
        }
";

const CONSTRAINT: &str = "\
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Told
metadata: {name: priorities}
spec:
  match: {kinds: [{apiGroups: [\"*\"], kinds: [Job, Pod]}]}
";

const CRON_JOB: &str = "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec:
  jobTemplate:
    spec:
      priority: 1
      template:
        spec:
          priority: 2
";

fn check(expansions: &str, constraint: &str, manifest: &str) -> Ran {
    let files = [
        ("p/expansions.yaml", expansions),
        ("p/template.yaml", TEMPLATE),
        ("p/constraint.yaml", constraint),
        ("m.yaml", manifest),
    ];
    run_in(folder(&files).path(), &["check", "-p", "p", "m.yaml"])
}

#[test]
fn what_is_made_in_turn_is_judged_where_it_is_written() {
    let ran = check(EXPANSIONS, CONSTRAINT, CRON_JOB);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.shown());
    let original = CONSTRAINT.replace("match: {", "match: {source: Original, ");
    assert_eq!(check(EXPANSIONS, &original, CRON_JOB).code, 0);
}

#[test]
fn templates_take_the_place_of_what_is_known_of_workloads() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n\
                      spec: {template: {spec: {priority: 3}}}\n";
    let pods = "name: priorities}\nspec:\n  match: {kinds: [{kinds: [Pod]}]}\n  x: 0";
    let pods = CONSTRAINT.replace("name: priorities}\nspec:", pods).replace("  x: 0\n", "");
    let pods = pods.rsplit_once("  match").unwrap().0;
    assert_eq!(check("a: 1", pods, deployment).code, 0, "no namespace, no message");
    let deployment = deployment.replace("{name: web}", "{name: web, namespace: shop}");
    assert_eq!(check("a: 1", pods, &deployment).code, 1);
    assert_eq!(check(EXPANSIONS, pods, &deployment).code, 0);
    let applied = EXPANSIONS
        .replace(
            "groups: [batch], versions: [v1], kinds: [Job]",
            "groups: [apps, batch], versions: [v1], kinds: [Job, Deployment]",
        )
        .replace("enforcementAction: warn", "enforcementAction: deny");
    assert_eq!(check(&applied, pods, &deployment).code, 1);
}

#[test]
fn an_object_without_what_others_are_made_of_is_no_pass() {
    for (from, to) in [
        ("      template:\n        spec:\n          priority: 2\n", ""),
        ("  jobTemplate:", "  jobtemplate:"),
        (
            "    spec:\n      priority: 1\n      template:\n        spec:\n          priority: 2\n",
            "    - a\n",
        ),
    ] {
        assert!(CRON_JOB.contains(from));
        let ran = check(EXPANSIONS, CONSTRAINT, &CRON_JOB.replace(from, to));
        assert_eq!(ran.code, 2, "{ran:?}");
        insta::assert_snapshot!(ran.shown());
    }
}

#[test]
fn expansion_templates_that_gatekeeper_would_refuse() {
    for (from, to) in [
        ("name: expand-jobs", "name: ''"),
        ("name: expand-jobs", "name: expand-cronjobs"),
        ("v1alpha1", "v1"),
        ("kind: ExpansionTemplate", "kind: Expansion"),
        ("templateSource: spec.template", "templatesource: spec.template"),
        ("  templateSource: spec.template\n", ""),
        ("templateSource: spec.template", "templateSource: spec.list[0]"),
        ("  generatedGVK: {group: \"\", version: v1, kind: Pod}\n", ""),
        ("version: v1, kind: Pod}", "kind: Pod}"),
        ("version: v1, kind: Pod}", "version: v1, kinds: Pod}"),
        ("group: \"\", version: v1, kind: Pod", "group: batch, version: v1, kind: Job"),
        ("group: \"\", version: v1, kind: Pod", "group: batch, version: v1, kind: CronJob"),
        ("  applyTo: [{groups: [batch], versions: [v1], kinds: [Job]}]\n", ""),
        ("versions: [v1], kinds: [Job]", "kinds: [Job]"),
        ("kinds: [Job]", "kinds: ['*']"),
        ("kinds: [Job]", "kinds: Job"),
        ("enforcementAction: warn", "enforcementAction: block"),
    ] {
        assert!(EXPANSIONS.contains(from), "{from}");
        let ran = check(&EXPANSIONS.replace(from, to), CONSTRAINT, CRON_JOB);
        assert_eq!(ran.code, 2, "{to} {ran:?}");
        insta::assert_snapshot!(ran.shown());
    }
}

const SUITE: &str = "\
apiVersion: test.gatekeeper.sh/v1alpha1
kind: Suite
tests:
  - name: priorities
    template: template.yaml
    constraint: constraint.yaml
    expansion: expansions.yaml
    cases:
      - name: both
        object: m.yaml
        assertions:
          - violations: 2
          - violations: 1
            message: ^\\[Implied by expand-jobs\\] report-job-pod of shop has a priority$
          - violations: 1
            message: ^\\[Implied by expand-cronjobs\\] report-job of shop has a priority$
";

fn test(suite: &str, manifest: &str) -> Ran {
    let files = [
        ("suite.yaml", suite),
        ("expansions.yaml", EXPANSIONS),
        ("template.yaml", TEMPLATE),
        ("constraint.yaml", CONSTRAINT),
        ("m.yaml", manifest),
    ];
    run_in(folder(&files).path(), &["test", "suite.yaml"])
}

#[test]
fn suites_expand_as_they_say() {
    assert_eq!(test(SUITE, CRON_JOB).code, 0, "{:?}", test(SUITE, CRON_JOB));
    let without = SUITE.replace("    expansion: expansions.yaml\n", "");
    assert_eq!(test(&without, CRON_JOB).code, 1);
    // A recorded request is reviewed alone.
    let asked: String = CRON_JOB.lines().map(|line| format!("    {line}\n")).collect();
    let asked = format!(
        "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  object:\n{asked}"
    );
    assert_eq!(test(SUITE, &asked).code, 1);
}

#[test]
fn suites_with_expansions_that_make_no_sense() {
    let shown = |suite: &str, manifest: &str| {
        let ran = test(suite, manifest);
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.shown()
    };
    let expansion =
        |file: &str| SUITE.replace("expansion: expansions.yaml", &format!("expansion: {file}"));
    insta::assert_snapshot!(shown(&expansion("nowhere.yaml"), CRON_JOB));
    insta::assert_snapshot!(shown(&expansion("template.yaml"), CRON_JOB));
    insta::assert_snapshot!(shown(SUITE, &CRON_JOB.replace("jobTemplate", "jobtemplate")));
}
