//! `sprintf`, with Go's verbs, flags and complaints.

mod data;
mod fill;
mod float;
mod integer;
mod text;
mod verb;

use std::borrow::Cow;

use num_bigint::BigInt;

pub(super) use self::data::{joined, line, text_of};
pub(super) use self::fill::Formats;
use super::super::value::Value;
use super::template::Data;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

pub(super) const BUILTINS: &[Builtin] =
    &[Builtin::supported("sprintf", 2, sprintf).filling(fill::fill)];

/// The largest width and precision that Go accepts.
const LARGEST: usize = 1_000_000;

fn sprintf(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let format = operand::string(args, 0)?;
    let arguments: Vec<Argument<'_>> = operand::array(args, 1)?.iter().map(Argument::of).collect();
    some(print(format, arguments, context)?)
}

/// The format with its arguments put in.
pub(super) fn print(
    format: &str,
    arguments: Vec<Argument<'_>>,
    context: &mut Context<'_>,
) -> Result<String, BuiltinError> {
    let out = String::with_capacity(2 * format.len());
    Printer { out, arguments, context }.print(format)
}

/// An argument as the Go type that OPA hands to its formatter.
pub(super) enum Argument<'a> {
    Integer(i64),
    Float(f64),
    Big(BigInt),
    Text(Cow<'a, str>),
    Data(&'a Data),
}

impl<'a> Argument<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::String(_, text) => Self::Text(Cow::Borrowed(text)),
            Value::Number(_, number) if number.is_written_as_float() => {
                let double = number.as_f64();
                if double.is_finite() {
                    Self::Float(double)
                } else {
                    Self::Text(number.to_string().into())
                }
            }
            Value::Number(_, number) => match number.as_i64() {
                Some(integer) => Self::Integer(integer),
                None => number
                    .to_integer()
                    .map_or_else(|| Self::Text(number.to_string().into()), Self::Big),
            },
            other => Self::Text(other.to_string().into()),
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Integer(_) => "int64",
            Self::Float(_) => "float64",
            Self::Big(_) => "*big.Int",
            Self::Text(_) => "string",
            Self::Data(data) => data.type_name(),
        }
    }
}

/// The flags, width and precision of a verb.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // they are Go's flags
struct Spec {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `#` and `+` before `v`, which mean something else there.
    sharp_v: bool,
    plus_v: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Spec {
    /// Adds `text`, filled up to the width.
    fn pad(&self, out: &mut String, text: &str) {
        if self.width.is_none() {
            out.push_str(text);
            return;
        }
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        // Zeros are only ever put before.
        let fill = if self.zero && !self.minus { "0" } else { " " };
        if self.minus {
            out.push_str(text);
        }
        out.push_str(&fill.repeat(missing));
        if !self.minus {
            out.push_str(text);
        }
    }

    /// The same without filling by zeros.
    fn pad_with_spaces(&self, out: &mut String, text: &str) {
        Self { zero: false, ..*self }.pad(out, text);
    }
}

struct Printer<'a, 'b> {
    out: String,
    arguments: Vec<Argument<'a>>,
    context: &'a mut Context<'b>,
}

/// Where the printer is in the format.
struct Place<'a> {
    format: &'a str,
    at: usize,
    /// The argument that comes next.
    next: usize,
    /// Whether a `[n]` was just read.
    after_index: bool,
    /// Whether every `[n]` of this verb is one of an argument.
    good_index: bool,
    /// Whether arguments were ever taken by index.
    reordered: bool,
}

impl Place<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.as_bytes().get(self.at).copied()
    }

    fn number(&mut self) -> Option<usize> {
        let rest = &self.format[self.at..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        let number = rest[..digits].parse().ok().filter(|number| *number <= LARGEST);
        // A number beyond reason swallows the rest.
        self.at = if number.is_some() { self.at + digits } else { self.format.len() };
        number
    }

    /// Reads `[n]`.
    fn index(&mut self, arguments: usize) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(end) = rest.find(']').filter(|_| rest.len() >= 3) else {
            self.at += 1;
            self.good_index = false;
            return;
        };
        self.at += end + 1;
        let digits = &rest[1..end];
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse::<usize>().ok().filter(|number| valid && *number <= LARGEST);
        match number {
            Some(number) if (1..=arguments).contains(&number) => {
                self.next = number - 1;
                self.after_index = true;
            }
            Some(_) => {
                self.good_index = false;
                self.after_index = true;
            }
            None => self.good_index = false,
        }
    }
}

impl Printer<'_, '_> {
    fn print(mut self, format: &str) -> Result<String, BuiltinError> {
        let mut place = Place {
            format,
            at: 0,
            next: 0,
            after_index: false,
            good_index: true,
            reordered: false,
        };
        while place.at < format.len() {
            let rest = &format[place.at..];
            let plain = rest.find('%').unwrap_or(rest.len());
            self.out.push_str(&rest[..plain]);
            place.at += plain;
            if place.at >= format.len() {
                break;
            }
            place.at += 1;
            place.good_index = true;
            self.verb(&mut place)?;
        }
        if !place.reordered && place.next < self.arguments.len() {
            self.extra(place.next);
        }
        Ok(self.out)
    }

    fn verb(&mut self, place: &mut Place<'_>) -> Result<(), BuiltinError> {
        let mut spec = Spec::default();
        while let Some(byte) = place.peek() {
            match byte {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => break,
            }
            place.at += 1;
        }
        let simple = place.peek().is_some_and(|byte| byte.is_ascii_lowercase());
        if !(simple && place.next < self.arguments.len()) {
            self.width_and_precision(place, &mut spec);
        }
        let wanted = spec.width.unwrap_or(0) + spec.precision.unwrap_or(0);
        self.context.tick(wanted + 1)?;
        let Some(verb) = place.format.get(place.at..).and_then(|rest| rest.chars().next()) else {
            self.out.push_str("%!(NOVERB)");
            place.at = place.format.len();
            return Ok(());
        };
        place.at += verb.len_utf8();
        if verb == '%' {
            self.out.push('%');
        } else if !place.good_index {
            self.out.push_str(&format!("%!{verb}(BADINDEX)"));
        } else if let Some(argument) = self.arguments.get(place.next) {
            if matches!(verb, 'v' | 'w') {
                spec.sharp_v = std::mem::take(&mut spec.sharp);
                spec.plus_v = std::mem::take(&mut spec.plus);
            }
            verb::print(&mut self.out, &spec, verb, argument);
            place.next += 1;
        } else {
            self.out.push_str(&format!("%!{verb}(MISSING)"));
        }
        Ok(())
    }

    fn width_and_precision(&mut self, place: &mut Place<'_>, spec: &mut Spec) {
        let count = self.arguments.len();
        place.index(count);
        if place.peek() == Some(b'*') {
            place.at += 1;
            match self.integer_argument(place) {
                Some(width) => {
                    if width < 0 {
                        spec.minus = true;
                        spec.zero = false;
                    }
                    spec.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => self.out.push_str("%!(BADWIDTH)"),
            }
            place.after_index = false;
        } else {
            spec.width = place.number();
            if place.after_index && spec.width.is_some() {
                place.good_index = false;
            }
        }
        // A point that ends the format is a verb that is none.
        if place.at + 1 < place.format.len() && place.peek() == Some(b'.') {
            place.at += 1;
            if place.after_index {
                place.good_index = false;
            }
            place.index(count);
            if place.peek() == Some(b'*') {
                place.at += 1;
                spec.precision =
                    self.integer_argument(place).and_then(|value| usize::try_from(value).ok());
                if spec.precision.is_none() {
                    self.out.push_str("%!(BADPREC)");
                }
                place.after_index = false;
            } else {
                spec.precision = Some(place.number().unwrap_or(0));
            }
        }
        if !place.after_index {
            place.index(count);
        }
    }

    /// The next argument, for a `*`.
    fn integer_argument(&self, place: &mut Place<'_>) -> Option<i64> {
        let argument = self.arguments.get(place.next)?;
        place.next += 1;
        let argument = match argument {
            Argument::Data(Data::Integer(value)) => &Argument::Integer(*value),
            Argument::Data(Data::Byte(value)) => &Argument::Integer(i64::from(*value)),
            other => other,
        };
        match argument {
            Argument::Integer(value)
                if value.unsigned_abs() <= u64::try_from(LARGEST).unwrap_or(u64::MAX) =>
            {
                Some(*value)
            }
            _ => None,
        }
    }

    fn extra(&mut self, from: usize) {
        self.out.push_str("%!(EXTRA ");
        for (at, argument) in self.arguments[from..].iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            if let Argument::Data(Data::Absent | Data::Nil) = argument {
                self.out.push_str(&format!("{comma}<nil>"));
                continue;
            }
            self.out.push_str(&format!("{comma}{}=", argument.type_name()));
            verb::print(&mut self.out, &Spec::default(), 'v', argument);
        }
        self.out.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    fn sprintf(format: &str, arguments: &str) -> String {
        let format = serde_json::to_string(format).unwrap();
        let text = eval("sprintf", &[&format, arguments]);
        serde_json::from_str(&text).unwrap_or(text)
    }

    #[test]
    fn verbs_are_those_of_go() {
        for (format, arguments, result) in [
            ("%d %v %s", "[1, {\"a\": [\"b\"]}, \"c\"]", "1 {\"a\": [\"b\"]} c"),
            ("%5d|%-5d|%05d|%+d|% d", "[1, 2, 3, 4, 5]", "    1|2    |00003|+4| 5"),
            ("%x %X %o %b %#x %#o %O", "[255, 255, 8, 5, 255, 8, 8]", "ff FF 10 101 0xff 010 0o10"),
            ("%c %U %#U %q", "[65, 9731, 9731, 65]", "A U+2603 U+2603 '☃' 'A'"),
            (
                "%v %f %.2f %e %g %8.3f",
                "[1.5, 1.5, 1.255, 1.5, 1e21, 3.14159]",
                "1.5 1.500000 1.25 1.500000e+00 1e+21    3.142",
            ),
            (
                "%s|%10s|%-10s|%.2s|%q|%x",
                "[\"a\", \"b\", \"c\", \"def\", \"g\\n\", \"hi\"]",
                "a|         b|c         |de|\"g\\n\"|6869",
            ),
            ("%T %T %T", "[1, 1.5, \"a\"]", "int64 float64 string"),
            ("%d", "[12345678901234567890]", "12345678901234567890"),
            ("%x", "[12345678901234567890]", "ab54a98ceb1f0ad2"),
            ("%t", "[true]", "%!t(string=true)"),
            ("%*d|%.*f", "[4, 7, 2, 1.005]", "   7|1.00"),
            ("%[2]d %[1]d", "[1, 2]", "2 1"),
            ("%%|%5%", "[]", "%|%"),
        ] {
            assert_eq!(sprintf(format, arguments), result, "{format}");
        }
    }

    #[test]
    fn complaints_are_those_of_go() {
        for (format, arguments, result) in [
            ("%d", "[]", "%!d(MISSING)"),
            ("%d", "[\"x\"]", "%!d(string=x)"),
            ("%d", "[1.5]", "%!d(float64=1.5)"),
            ("%s", "[1]", "%!s(int64=1)"),
            ("a", "[1, \"b\"]", "a%!(EXTRA int64=1, string=b)"),
            ("%", "[]", "%!(NOVERB)"),
            ("%z", "[1]", "%!z(int64=1)"),
            ("%[3]d", "[1]", "%!d(BADINDEX)"),
            ("%*d", "[\"a\", 1]", "%!(BADWIDTH)1"),
            ("%c", "[12345678901234567890]", "%!c(big.Int=12345678901234567890)"),
        ] {
            assert_eq!(sprintf(format, arguments), result, "{format}");
        }
    }
}
