//! Names of subjects and issuers.

use super::super::super::value::Value;
use super::super::BuiltinError;
use super::der::{self, Element, Reader};

type Result<T> = std::result::Result<T, BuiltinError>;

pub(super) fn error(message: impl Into<String>) -> BuiltinError {
    BuiltinError::new(format!("x509: {}", message.into()))
}

/// An object identifier as Go's JSON has it.
pub(super) fn oid(arcs: &[u64]) -> Value {
    let arcs = arcs.iter().map(|arc| Value::from(i64::try_from(*arc).unwrap_or(i64::MAX)));
    Value::array(arcs.collect())
}

/// An object identifier as text.
pub(super) fn dotted(arcs: &[u64]) -> String {
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// `null` for what is not there, as lists that were never made are in Go.
pub(super) fn list(items: Vec<Value>) -> Value {
    if items.is_empty() { Value::NULL } else { Value::array(items) }
}

/// The text of an attribute.
fn text(element: &Element<'_>) -> Result<String> {
    let body = element.body;
    let plain = |valid: bool, kind: &str| {
        if valid {
            Ok(String::from_utf8_lossy(body).into_owned())
        } else {
            Err(error(format!("invalid RDNSequence: invalid attribute value: invalid {kind}")))
        }
    };
    match element.tag {
        0x0c => plain(std::str::from_utf8(body).is_ok(), "UTF-8 string"),
        0x12 => plain(body.iter().all(|b| b.is_ascii_digit() || *b == b' '), "NumericString"),
        0x13 => {
            // Some real certificates have the last two, which the standard forbids.
            let printable = |b: &u8| b.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(b);
            plain(body.iter().all(printable), "PrintableString")
        }
        // Taken for Latin-1, as everybody does.
        0x14 => Ok(body.iter().map(|byte| char::from(*byte)).collect()),
        0x16 => plain(body.is_ascii(), "IA5String"),
        0x1e => {
            let body =
                body.strip_suffix(&[0, 0]).filter(|_| body.len().is_multiple_of(2)).unwrap_or(body);
            let character = |pair: &[u8]| {
                let code = u32::from(*pair.first()?) << 8 | u32::from(*pair.get(1)?);
                let reserved = matches!(code, 0xfffe | 0xffff | 0xfdd0..=0xfdef);
                char::from_u32(code).filter(|_| !reserved)
            };
            body.chunks(2).map(character).collect::<Option<String>>().ok_or_else(|| {
                error("invalid RDNSequence: invalid attribute value: invalid BMPString")
            })
        }
        tag => Err(error(format!(
            "invalid RDNSequence: invalid attribute value: unsupported string type: {tag}"
        ))),
    }
}

/// Reads a name and writes it as Go does.
pub(super) fn name(bytes: &[u8]) -> Result<Value> {
    let invalid = |_| error("invalid RDNSequence");
    let mut sets = Reader::new(bytes).sequence("name").map_err(invalid)?;
    let mut names = Vec::new();
    let mut lists: [Vec<Value>; 7] = Default::default();
    let (mut common, mut serial) = (Value::string(""), Value::string(""));
    while !sets.is_empty() {
        let mut set = sets.expect(der::SET, "name").map_err(invalid)?.reader();
        while !set.is_empty() {
            let mut attribute = set.sequence("attribute").map_err(invalid)?;
            let kind = attribute.oid("attribute type").map_err(invalid)?;
            let value = Value::from(text(&attribute.any("attribute value").map_err(invalid)?)?);
            if let [2, 5, 4, kind] = kind.as_slice() {
                let at = match kind {
                    6 => Some(0),
                    10 => Some(1),
                    11 => Some(2),
                    7 => Some(3),
                    8 => Some(4),
                    9 => Some(5),
                    17 => Some(6),
                    _ => None,
                };
                match kind {
                    3 => common = value.clone(),
                    5 => serial = value.clone(),
                    _ => {}
                }
                if let Some(list) = at.and_then(|at| lists.get_mut(at)) {
                    list.push(value.clone());
                }
            }
            names.push(Value::record([("Type", oid(&kind)), ("Value", value)]));
        }
    }
    let [country, organization, unit, locality, province, street, postal] = lists.map(list);
    Ok(Value::record([
        ("Country", country),
        ("Organization", organization),
        ("OrganizationalUnit", unit),
        ("Locality", locality),
        ("Province", province),
        ("StreetAddress", street),
        ("PostalCode", postal),
        ("SerialNumber", serial),
        ("CommonName", common),
        ("Names", list(names)),
        ("ExtraNames", Value::NULL),
    ]))
}
