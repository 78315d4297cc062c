//! manifestly
use manifestly::{manifest::*, source::*};
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let r = read(&std::sync::Arc::new(SourceText::new(path, text)), Format::Manifest, &ReadLimits::default());
    let v: Vec<_> = r.manifests.iter().map(|m| serde_json::Value::from(&m.root)).collect();
    println!("{}", serde_json::to_string(&v).unwrap());
    for e in r.errors { eprintln!("{:?}", miette::Report::new(e)); }
}
