//! Rebuilds when the embedded policies change.

fn main() {
    println!("cargo::rerun-if-changed=policies");
}
