//! UUIDs.

use super::super::value::Value;
use super::{Builtin, Context, Outcome, operand};

pub(super) const BUILTINS: &[Builtin] =
    &[Builtin::supported("uuid.parse", 1, parse), Builtin::supported("uuid.rfc4122", 1, random)];

/// Steps of 100 nanoseconds between the beginning of the Gregorian calendar and 1970.
const GREGORIAN: i64 = 0x01b2_1dd2_1381_4000;

/// A random UUID; the same one for the same operand.
fn random(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let key = format!("uuid.rfc4122 {}", operand::any(args, 0)?);
    if let Some(known) = context.invented.get(&key) {
        return Ok(Some(known.clone()));
    }
    let (high, low) = (context.next_random(), context.next_random());
    // Version 4 and the variant of RFC 4122.
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{high:016x}{low:016x}");
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    let value = Value::string(parts.join("-"));
    context.invented.insert(key, value.clone());
    Ok(Some(value))
}

fn parse(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    Ok(bytes(operand::string(args, 0)?).map(|bytes| described(&bytes)))
}

/// Reads the usual form, one with `urn:uuid:` before it, one in braces, or bare digits.
fn bytes(text: &str) -> Option<[u8; 16]> {
    let text = match text.len() {
        36 => text,
        45 if text.get(..9)?.eq_ignore_ascii_case("urn:uuid:") => text.get(9..)?,
        // Whatever the first and the last character are.
        38 => text.get(1..)?,
        32 => return from_hex(text),
        _ => return None,
    };
    let text = text.get(..36)?;
    let dashes = [8, 13, 18, 23].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
    let parts = [0..8, 9..13, 14..18, 19..23, 24..36];
    let hex: String = parts.into_iter().filter_map(|part| text.get(part)).collect();
    dashes.then(|| from_hex(&hex))?
}

fn from_hex(text: &str) -> Option<[u8; 16]> {
    let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u128::from_str_radix(text, 16).ok())?.map(u128::to_be_bytes)
}

fn described(bytes: &[u8; 16]) -> Value {
    let version = bytes[6] >> 4;
    let variant = match bytes[8] >> 5 {
        0b100 | 0b101 => "RFC4122",
        0b110 => "Microsoft",
        0b111 => "Future",
        _ => "Reserved",
    };
    let mut fields =
        vec![("version", Value::from(i64::from(version))), ("variant", Value::from(variant))];
    if version == 1 || version == 2 {
        fields.extend(of_time(bytes));
    }
    if version == 2 {
        let id = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let domain = match bytes[9] {
            0 => "Person".to_owned(),
            1 => "Group".to_owned(),
            2 => "Org".to_owned(),
            other => format!("Domain{other}"),
        };
        fields.push(("id", Value::from(i64::from(id))));
        fields.push(("domain", Value::from(domain)));
    }
    let entries = fields.into_iter().map(|(name, value)| (Value::from(name), value));
    Value::object_of_last(entries.collect())
}

/// What UUIDs made from the time and the machine say.
fn of_time(bytes: &[u8; 16]) -> [(&'static str, Value); 4] {
    let number = |range: &[u8]| range.iter().fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
    let steps =
        number(&bytes[..4]) | number(&bytes[4..6]) << 32 | (number(&bytes[6..8]) & 0xfff) << 48;
    let since = steps - GREGORIAN;
    let nanoseconds =
        (since / 10_000_000).wrapping_mul(1_000_000_000).wrapping_add(since % 10_000_000 * 100);
    let node: Vec<String> = bytes[10..].iter().map(|byte| format!("{byte:02x}")).collect();
    let kind = match bytes[10] & 0b11 {
        0b11 => "local:multicast",
        0b01 => "global:multicast",
        0b10 => "local:unicast",
        _ => "global:unicast",
    };
    [
        ("time", Value::from(nanoseconds)),
        ("nodeid", Value::from(node.join("-"))),
        ("macvariables", Value::from(kind)),
        ("clocksequence", Value::from(number(&bytes[8..10]) & 0x3fff)),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn uuids_are_described() {
        assert_eq!(
            eval("uuid.parse", &["\"00000000-0000-4000-8000-000000000000\""]),
            "{\"variant\": \"RFC4122\", \"version\": 4}"
        );
        assert_eq!(eval("uuid.parse", &["\"x\""]), "undefined");
        assert_eq!(
            eval("uuid.parse", &["\"71a1d4c0-f7e2-11ee-8c2f-0242ac120002\""]),
            "{\"clocksequence\": 3119, \"macvariables\": \"local:unicast\", \"nodeid\": \
             \"02-42-ac-12-00-02\", \"time\": 1712826243616480000, \"variant\": \"RFC4122\", \
             \"version\": 1}"
        );
        assert_eq!(eval("uuid.rfc4122", &["\"a\""]).len(), 38);
    }
}
