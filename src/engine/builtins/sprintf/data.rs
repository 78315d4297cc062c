//! Values of templates, which are looked into where OPA hands Go's formatter text.

use super::super::template::Data;
use super::{Spec, float, integer, text};

/// A value under a verb.
pub(super) fn print(out: &mut String, spec: &Spec, verb: char, value: &Data) {
    if verb == 'T' {
        return text::plain(out, spec, value.type_name());
    }
    let is_text = matches!(verb, 'v' | 's' | 'x' | 'X' | 'q');
    match (value, verb) {
        (Data::Absent | Data::Nil, 'v') => spec.pad(out, "<nil>"),
        (Data::Absent | Data::Nil, _) => out.push_str(&format!("%!{verb}(<nil>)")),
        (Data::List(_) | Data::Map(_), _) => inside(out, spec, verb, value),
        (Data::Bool(value), 't' | 'v') => spec.pad(out, &value.to_string()),
        (Data::Integer(value), 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U') => {
            integer::print(out, spec, verb, *value);
        }
        (Data::Byte(value), 'v') if spec.sharp_v => {
            let spec = Spec { sharp: true, sharp_v: false, ..*spec };
            integer::print(out, &spec, 'x', i64::from(*value));
        }
        (Data::Byte(value), 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U') => {
            integer::print(out, spec, verb, i64::from(*value));
        }
        (Data::Float(value), 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') => {
            float::print(out, spec, verb, *value);
        }
        (
            Data::Complex(real, imaginary),
            'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E',
        ) => {
            out.push('(');
            float::print(out, spec, verb, *real);
            float::print(out, &Spec { plus: true, ..*spec }, verb, *imaginary);
            out.push_str("i)");
        }
        (Data::Text(value) | Data::Number(value), _) if is_text => {
            text::print(out, spec, verb, &String::from_utf8_lossy(value));
        }
        _ => {
            out.push_str(&format!("%!{verb}({}=", value.type_name()));
            print(out, spec, 'v', value);
            out.push(')');
        }
    }
}

/// What is in a list or a map, each under the verb.
fn inside(out: &mut String, spec: &Spec, verb: char, value: &Data) {
    crate::stack::enough(|| {
        let is_sharp = spec.sharp_v && verb == 'v';
        let separator = if is_sharp { ", " } else { " " };
        let (open, close) = match (is_sharp, value) {
            (true, _) => ("{", "}"),
            (false, Data::Map(_)) => ("map[", "]"),
            (false, _) => ("[", "]"),
        };
        if is_sharp {
            out.push_str(value.type_name());
        }
        out.push_str(open);
        match value {
            Data::List(list) => {
                for (at, item) in list.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { separator });
                    member(out, spec, verb, &item);
                }
            }
            Data::Map(map) => {
                for (at, (key, item)) in map.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { separator });
                    print(out, spec, verb, &Data::Text(key.as_bytes().into()));
                    out.push(':');
                    member(out, spec, verb, item);
                }
            }
            _ => {}
        }
        out.push_str(close);
    });
}

fn member(out: &mut String, spec: &Spec, verb: char, value: &Data) {
    match value {
        Data::Absent | Data::Nil if spec.sharp_v && verb == 'v' => {
            out.push_str("interface {}(nil)");
        }
        Data::Absent | Data::Nil => out.push_str("<nil>"),
        value => print(out, spec, verb, value),
    }
}

/// The text of a value, as `print` has it.
pub(in crate::engine::builtins) fn text_of(value: &Data) -> Vec<u8> {
    if let Data::Text(text) | Data::Number(text) = value {
        return text.to_vec();
    }
    let mut out = String::new();
    print(&mut out, &Spec::default(), 'v', value);
    out.into_bytes()
}

/// Values behind each other, with a space between two that are no strings.
pub(in crate::engine::builtins) fn joined(values: &[Data]) -> Vec<u8> {
    let mut out = Vec::new();
    let is_text = |value: &Data| matches!(value, Data::Text(_) | Data::Number(_));
    let mut last: Option<&Data> = None;
    for value in values {
        if last.is_some_and(|last| !is_text(last) && !is_text(value)) {
            out.push(b' ');
        }
        out.extend(text_of(value));
        last = Some(value);
    }
    out
}

/// Values on a line.
pub(in crate::engine::builtins) fn line(values: &[Data]) -> Vec<u8> {
    let texts: Vec<_> = values.iter().map(text_of).collect();
    let mut out = texts.join(&b' ');
    out.push(b'\n');
    out
}
