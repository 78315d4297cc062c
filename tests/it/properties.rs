//! What holds for every text: reading never panics, and every value stands where its span says.

use std::sync::Arc;

use manifestly::manifest::{self, Format, Node, NodeKind, ReadLimits};
use manifestly::source::{SourceText, Span};
use proptest::prelude::*;
use serde_json::Value;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        "[ -~é😀]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z~/é.]{1,6}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Block YAML of a value, with a comment here and there.
fn yaml(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                out.push_str(&format!("\n{pad}{}: # é", Value::from(key.as_str())));
                yaml(value, indent + 2, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&format!("\n{pad}-"));
                yaml(item, indent + 2, out);
            }
        }
        // After a comment the value stands on a line of its own.
        scalar => out.push_str(&format!("\n{pad}{scalar}")),
    }
}

fn read(text: &str) -> (Arc<SourceText>, manifest::Reading) {
    let source = Arc::new(SourceText::new("p", text));
    let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
    (source, reading)
}

fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| close(a, b)))
        }
        _ => a == b,
    }
}

/// Spans fit the text and lie inside of each other; what they cut out reads as the value.
fn check_spans(source: &SourceText, node: &Node, within: Span) {
    let Span { start, end } = node.span;
    assert!(within.start <= start && start <= end && end <= within.end, "{node:?} in {within:?}");
    assert!(source.text().is_char_boundary(start) && source.text().is_char_boundary(end));
    match &node.kind {
        NodeKind::Sequence(items) => {
            items.iter().for_each(|item| check_spans(source, item, node.span));
        }
        NodeKind::Mapping(entries) => {
            for entry in entries.iter() {
                assert_eq!(source.slice(entry.key_span), Value::from(&*entry.key).to_string());
                check_spans(source, &entry.value, node.span);
            }
        }
        _ => {
            let text: Value = serde_json::from_str(source.slice(node.span)).unwrap();
            assert!(close(&text, &Value::from(node)), "{text} is not {node:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "[-:#&*!|>%@`'\"{}\\[\\],?\\s a-z0-9é\u{85}\u{2028}\t]{0,80}") {
        let (source, reading) = read(&text);
        for error in reading.errors {
            prop_assert!(error.span.end <= source.text().len());
            prop_assert!(source.text().get(error.span.start..error.span.end).is_some());
        }
    }

    #[test]
    fn json_keeps_its_value_and_its_places(value in json()) {
        let object = serde_json::json!({ "root": value });
        for text in [object.to_string(), format!("\n {object:#}\n")] {
            let (source, reading) = read(&text);
            prop_assert!(reading.errors.is_empty(), "{:?} in {text}", reading.errors);
            let root = &reading.manifests[0].root;
            prop_assert!(close(&Value::from(root), &object));
            check_spans(&source, root, Span::new(0, text.len()));
        }
    }

    #[test]
    fn yaml_keeps_its_value_and_its_places(value in json(), before in 0_usize..2) {
        let object = serde_json::json!({ "é": 1, "root": value });
        let mut text = "# 😀\na: b\n---\n".repeat(before);
        yaml(&object, 0, &mut text);
        text.push('\n');
        let (source, reading) = read(&text);
        prop_assert!(reading.errors.is_empty(), "{:?} in {text}", reading.errors);
        let root = &reading.manifests[before].root;
        prop_assert!(close(&Value::from(root), &object), "{text}");
        check_spans(&source, root, Span::new(0, text.len()));
    }
}
