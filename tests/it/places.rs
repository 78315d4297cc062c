//! The program that scores inferred places. What stands beside its code is tested here too.

#[path = "../../benches/places/mod.rs"]
mod program;

fn run(args: &[&str]) -> String {
    let mut told = String::new();
    let args = std::iter::once("places").chain(args.iter().copied()).map(str::to_owned);
    match program::run(args, &mut told) {
        Ok(()) => told,
        Err(error) => format!("error: {error}\n"),
    }
}

#[test]
fn without_a_library_it_is_skipped() {
    insta::assert_snapshot!(run(&[]));
    insta::assert_snapshot!(run(&["fixtures/none"]));
}

#[test]
fn the_help_teaches() {
    insta::assert_snapshot!(run(&["--help"]));
}

#[test]
fn a_generic_library_is_scored() {
    insta::assert_snapshot!(run(&["fixtures/places/generic", "--list", "--no-costs"]));
}

#[test]
fn a_library_of_kubescape_is_scored() {
    insta::assert_snapshot!(run(&["fixtures/places/kubescape", "--list", "--no-costs"]));
}

#[test]
fn a_library_of_kics_is_scored() {
    insta::assert_snapshot!(run(&["fixtures/places/kics", "--list", "--no-costs"]));
}

#[test]
fn the_same_is_told_as_json() {
    let told = run(&["fixtures/places/kubescape", "--json", "--no-costs", "--only", "no-host-pid"]);
    insta::assert_snapshot!(told);
}
