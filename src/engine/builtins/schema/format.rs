//! Formats of strings. What is not known is any string.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::regex::Expression;
use super::super::time;
use super::super::uri::Uri;

pub(super) fn is_of(format: &str, text: &str) -> bool {
    let time = |layouts: &[&str]| layouts.iter().any(|layout| time::parse(layout, text).is_ok());
    const CLOCK: &str = "15:04:05";
    const ZONED: &str = "15:04:05Z07:00";
    const DATE: &str = "2006-01-02";
    match format {
        "date" => time(&[DATE]),
        "time" => time(&[ZONED, CLOCK]),
        "date-time" => time(&[CLOCK, ZONED, DATE, "2006-01-02T15:04:05Z07:00"]),
        "hostname" => is_hostname(text),
        "email" | "idn-email" => is_mailbox(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok() || (text.contains('.') && is_ipv6(text)),
        "ipv6" => is_ipv6(text),
        "uri" | "iri" => {
            Uri::parse(text).is_ok_and(|uri| !uri.scheme.is_empty()) && !text.contains('\\')
        }
        "uri-reference" | "iri-reference" => Uri::parse(text).is_ok() && !text.contains('\\'),
        "uri-template" => {
            Uri::parse(text).is_ok_and(|uri| is_template(&uri.path)) && !text.contains('\\')
        }
        "uuid" => is_uuid(text),
        "regex" => text.is_empty() || Expression::compile(text).is_ok(),
        "json-pointer" => is_pointer(text),
        "relative-json-pointer" => is_relative_pointer(text),
        _ => true,
    }
}

/// Go reads zones, too.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').map_or((text, None), |(a, zone)| (a, Some(zone)));
    address.parse::<Ipv6Addr>().is_ok() && zone.is_none()
}

fn is_hostname(text: &str) -> bool {
    text.len() < 256
        && text.split('.').all(|label| {
            let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            let bytes = label.as_bytes();
            bytes.len() <= 63
                && plain(bytes.first())
                && plain(bytes.last())
                && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        })
}

/// Braces come in pairs.
fn is_template(path: &str) -> bool {
    let mut rest = path;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { return false };
        rest = after;
    }
    true
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn is_pointer(text: &str) -> bool {
    let escapes = text.replace("~0", "").replace("~1", "");
    (text.is_empty() || text.starts_with('/')) && !escapes.contains('~')
}

fn is_relative_pointer(text: &str) -> bool {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(end);
    let canonical = number == "0" || (!number.is_empty() && !number.starts_with('0'));
    canonical && (rest == "#" || is_pointer(rest))
}

/// A mail address, with or without a name before it, as RFC 5322 has it.
fn is_mailbox(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t']);
    match text.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<').is_some_and(|(name, address)| {
            is_phrase(name.trim_matches([' ', '\t'])) && is_address(address)
        }),
        None => is_address(text),
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let local_part = match local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => is_quoted(quoted),
        None => is_dotted(local),
    };
    let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    local_part
        && literal.map_or_else(
            || is_dotted(domain),
            |literal| {
                literal.strip_prefix("IPv6:").map_or_else(
                    || literal.parse::<Ipv4Addr>().is_ok(),
                    |literal| literal.parse::<Ipv6Addr>().is_ok(),
                )
            },
        )
}

fn is_quoted(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        let bad = match char {
            '\\' => chars.next().is_none(),
            '"' => true,
            char => char.is_ascii_control() && char != '\t',
        };
        if bad {
            return false;
        }
    }
    true
}

fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|char| {
            char.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(char) || !char.is_ascii()
        })
}

fn is_dotted(text: &str) -> bool {
    text.split('.').all(is_atom)
}

fn is_phrase(text: &str) -> bool {
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => is_quoted(quoted),
        None => text.split([' ', '\t']).all(|word| {
            word.is_empty() || word.split('.').all(|part| part.is_empty() || is_atom(part))
        }),
    }
}
