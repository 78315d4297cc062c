//! The places that results of KICS' queries tell.
//!
//! A `searchLine` is a path in the document, where that exists. Else the `searchKey` says what to
//! look for in the text, one line after another: what it finds counts where the library expects a
//! violation on that line. The truth is then everything that begins there. Words that only name the
//! document mean all of it.

use std::collections::BTreeSet;

use manifestly::engine::value::Value;
use manifestly::manifest::{Manifest, Node, Pointer, Step};

use super::super::spot::settled;

/// The paths of a result from the root of its input, `{document: [..]}`.
pub(super) fn paths(
    result: &Value,
    manifests: &[Manifest],
    expected: &BTreeSet<usize>,
) -> Vec<Pointer> {
    let number = result.field("documentId").and_then(Value::as_str);
    let number = number.and_then(|number| number.parse::<usize>().ok());
    let Some((number, manifest)) = number.and_then(|n| Some((n, manifests.get(n)?))) else {
        return Vec::new();
    };
    let of_input =
        |path: &Pointer| Pointer(vec!["document".into(), Step::Index(number)]).join(&path.0);
    if let Some(path) = search_line(result, &manifest.root) {
        return with_arguments(path, &manifest.root).iter().map(of_input).collect();
    }
    let key = result.field("searchKey").and_then(Value::as_str).unwrap_or_default();
    if names_no_more(key) {
        return vec![of_input(&Pointer::default())];
    }
    let text = manifest.source.text();
    let line = found(text, key, manifest.line()).filter(|line| expected.contains(line));
    let line = line.or_else(|| (expected.len() == 1).then(|| expected.first().copied())?);
    let paths = line.map(|line| beginning(manifest, line)).unwrap_or_default();
    let paths = paths.into_iter().flat_map(|path| with_arguments(path, &manifest.root));
    paths.map(|path| of_input(&path)).collect()
}

/// Flags are looked for in a container's command and arguments, and always told to be in the first.
fn with_arguments(path: Pointer, root: &Node) -> Vec<Pointer> {
    let arguments = match path.0.split_last() {
        Some((last, container)) if *last == Step::from("command") => {
            Some(Pointer(container.to_vec()).join(&["args".into()]))
        }
        _ => None,
    };
    let arguments = arguments.filter(|arguments| root.at(&arguments.0).is_some());
    std::iter::once(path).chain(arguments).collect()
}

/// The path of a result, where all of it exists.
fn search_line(result: &Value, root: &Node) -> Option<Pointer> {
    let steps = result.field("searchLine")?.as_array()?;
    let steps: Option<Vec<Step>> = steps.iter().map(|step| step.as_str().map(Step::from)).collect();
    let path = settled(&Pointer(steps.filter(|steps| !steps.is_empty())?), root);
    root.at(&path.0).map(|_| path)
}

/// Whether words only name the document, and so mean all of it.
fn names_no_more(key: &str) -> bool {
    let anchor =
        ["metadata.name=", "kind="].into_iter().find_map(|anchor| key.strip_prefix(anchor));
    anchor.is_some_and(|name| match name.strip_prefix("{{") {
        Some(name) => name.ends_with("}}") && !name.trim_end_matches("}}").contains("}}"),
        None => !name.contains('.'),
    })
}

/// The line that words lead to: `metadata.name={{web}}.spec` is the first line with `spec` from the
/// first one with `name` and `web` on, from the first one with `metadata` on.
fn found(text: &str, key: &str, first: usize) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mut at = first - 1;
    let mut found = None;
    for part in parts(key) {
        let (name, value) = part.split_once('=').unwrap_or((&part, ""));
        let words = |text: &str| text.replace(['{', '}'], "");
        let (name, value) = (words(name), words(value));
        let nearest = lines.iter().enumerate().skip(at).filter_map(|(number, line)| {
            let line = line.trim_start();
            let rest = &line[line.find(&*name)? + name.len()..];
            let value_at = if value.is_empty() { 0 } else { rest.find(&*value)? };
            let own = line.trim_start_matches("- ").split(':').next().unwrap_or_default();
            let is_far = own.trim_matches('"').len().abs_diff(name.len());
            let value_is = rest[value_at..].trim_matches(['"', '\'', ' ', ',', ':']);
            let is_far_too =
                if value.is_empty() { 0 } else { value_is.len().abs_diff(value.len()) };
            Some((is_far + is_far_too, number))
        });
        let Some((_, number)) = nearest.min() else { break };
        at = number;
        found = Some(number + 1);
    }
    found
}

/// The parts of words that lead somewhere: between the dots, but for those in braces.
fn parts(key: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_i32;
    for c in key.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        match (c, parts.last_mut()) {
            ('.', _) if depth == 0 => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Everything in a document whose key, or itself where it has none, begins on a line.
fn beginning(manifest: &Manifest, line: usize) -> Vec<Pointer> {
    let mut found = Vec::new();
    collect(manifest, &manifest.root, line, &mut Vec::new(), &mut found);
    found
}

fn collect(
    manifest: &Manifest,
    node: &Node,
    line: usize,
    path: &mut Vec<Step>,
    found: &mut Vec<Pointer>,
) {
    let is_on = |offset: usize| manifest.source.position(offset).line == line;
    let entries = node
        .entries()
        .into_iter()
        .flatten()
        .map(|entry| (Step::Key(entry.key.clone()), entry.key_span.start, &entry.value));
    let items = node.items().into_iter().flatten().enumerate();
    let items = items.map(|(at, item)| (Step::Index(at), item.span.start, item));
    for (step, start, value) in entries.chain(items) {
        path.push(step);
        if is_on(start) {
            found.push(Pointer(path.clone()));
        }
        collect(manifest, value, line, path, found);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use manifestly::manifest::{self, Format, ReadLimits};
    use manifestly::source::SourceText;
    use serde_json::json;

    const TEXT: &str = "kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: a
    - name: log
      image: b
      command: [a]
      args: [b]
";

    fn told(result: &serde_json::Value, expected: &[usize]) -> Vec<String> {
        let text = Arc::new(SourceText::new("a.yaml", TEXT));
        let manifests = manifest::read(&text, Format::Manifest, &ReadLimits::default()).manifests;
        let result = Value::from(&Node::from(result));
        let paths = paths(&result, &manifests, &expected.iter().copied().collect());
        paths.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_path_that_exists_is_the_truth() {
        let line = |path: &[&str]| json!({"documentId": "0", "searchLine": path});
        let path = ["spec", "containers", "1", "image"];
        assert_eq!(told(&line(&path), &[]), ["/document/0/spec/containers/1/image"]);
        let container = "/document/0/spec/containers/1";
        assert_eq!(
            told(&line(&["spec", "containers", "1", "command"]), &[]),
            [format!("{container}/command"), format!("{container}/args"),]
        );
        assert!(told(&line(&["spec", "none"]), &[]).is_empty());
        assert!(told(&json!({"documentId": "7", "searchLine": path}), &[]).is_empty());
    }

    #[test]
    fn words_lead_to_lines() {
        let key = |key: &str, expected: &[usize]| {
            told(&json!({"documentId": "0", "searchKey": key, "searchLine": []}), expected)
        };
        let containers = "metadata.name={{web}}.spec.containers";
        assert_eq!(key(containers, &[5, 6]), ["/document/0/spec/containers"]);
        let of_log = format!("{containers}.name={{{{log}}}}");
        assert_eq!(
            key(&of_log, &[5, 8]),
            ["/document/0/spec/containers/1", "/document/0/spec/containers/1/name",]
        );
        for name in ["kind={{Pod}}", "metadata.name={{web.a}}", "metadata.name=web"] {
            assert_eq!(key(name, &[1]), ["/document/0"]);
        }
        // The library knows better.
        assert!(key(&of_log, &[5, 6]).is_empty());
        assert_eq!(key(&of_log, &[1]), ["/document/0/kind"]);
    }
}
