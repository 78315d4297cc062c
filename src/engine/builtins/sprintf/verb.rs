//! One argument under one verb.

use super::{Argument, Spec, data, float, integer, text};

pub(super) fn print(out: &mut String, spec: &Spec, verb: char, argument: &Argument<'_>) {
    if let Argument::Data(value) = argument {
        return data::print(out, spec, verb, value);
    }
    if verb == 'T' {
        return text::plain(out, spec, argument.type_name());
    }
    let fits = match (argument, verb) {
        (Argument::Integer(_), 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U') => true,
        (Argument::Float(_), 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') => true,
        (Argument::Text(_), 'v' | 's' | 'x' | 'X' | 'q') => true,
        (Argument::Big(_), _) => true,
        _ => false,
    };
    if !fits {
        out.push_str(&format!("%!{verb}({}=", argument.type_name()));
        print(out, spec, 'v', argument);
        return out.push(')');
    }
    match argument {
        Argument::Integer(value) => integer::print(out, spec, verb, *value),
        Argument::Float(value) => float::print(out, spec, verb, *value),
        Argument::Big(value) => integer::print_big(out, spec, verb, value),
        Argument::Text(value) => text::print(out, spec, verb, value),
        Argument::Data(value) => data::print(out, spec, verb, value),
    }
}
