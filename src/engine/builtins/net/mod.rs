//! Networks and addresses.

mod merge;
mod network;

use std::net::IpAddr;

use super::super::value::Value;
use super::{Builtin, BuiltinError, Context, Outcome, operand, some};

use network::{Network, shown, widened};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("net.cidr_contains", 2, |_, args| {
        some(contains(operand::string(args, 0)?, operand::string(args, 1)?)?)
    }),
    Builtin::supported("net.cidr_contains_matches", 2, contains_matches),
    Builtin::supported("net.cidr_expand", 1, expand),
    Builtin::supported("net.cidr_intersects", 2, |_, args| {
        let (a, b) = (
            Network::parse(operand::string(args, 0)?)?,
            Network::parse(operand::string(args, 1)?)?,
        );
        some(a.contains(b.address) || b.contains(a.address))
    }),
    Builtin::supported("net.cidr_is_valid", 1, |_, args| {
        some(operand::any(args, 0)?.as_str().is_some_and(|text| Network::parse(text).is_ok()))
    }),
    Builtin::supported("net.cidr_merge", 1, merge::merge),
    Builtin::supported("net.cidr_overlap", 2, |_, args| {
        some(contains(operand::string(args, 0)?, operand::string(args, 1)?)?)
    }),
];

/// The largest network that is expanded, in bits of its hosts.
const EXPANDED_BITS: u32 = 24;

/// Whether a network holds another one, or an address.
fn contains(network: &str, part: &str) -> Result<bool, BuiltinError> {
    let network = Network::parse(network)?;
    if let Ok(address) = part.parse::<IpAddr>() {
        return Ok(network.contains(widened(address)));
    }
    let part = Network::parse(part).map_err(|_| {
        BuiltinError::new(format!(
            "not a valid textual representation of an IP address or CIDR: {part}"
        ))
    })?;
    Ok(network.contains_network(&part))
}

/// The networks of an operand, each with the key that names it in the result. Whether they are any
/// is looked at where they are compared.
fn named(args: &[Value], at: usize) -> Result<Vec<(&Value, Value)>, BuiltinError> {
    let wrong = || {
        BuiltinError::new(format!("operand {}: element must be string or non-empty array", at + 1))
    };
    let first = |value| -> Result<&Value, BuiltinError> {
        let value: &Value = value;
        match value {
            Value::String(..) => Ok(value),
            Value::Array(_, items) => items.first().ok_or_else(wrong),
            _ => Err(wrong()),
        }
    };
    match operand::any(args, at)? {
        whole @ Value::String(..) => Ok(vec![(whole, whole.clone())]),
        Value::Array(_, items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| Ok((first(item)?, Value::from(index))))
            .collect(),
        Value::Set(_, members) => {
            members.iter().map(|member| Ok((first(member)?, member.clone()))).collect()
        }
        Value::Object(_, entries) => {
            entries.iter().map(|(key, value)| Ok((first(value)?, key.clone()))).collect()
        }
        _ => Ok(Vec::new()),
    }
}

fn contains_matches(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let networks = named(args, 0)?;
    if networks.is_empty() {
        return Ok(Some(Value::set(Vec::new())));
    }
    let parts = named(args, 1)?;
    let mut pairs = Vec::new();
    for (network, key) in &networks {
        context.tick(parts.len())?;
        for (part, name) in &parts {
            let text = |at, value: &Value| match value.as_str() {
                Some(text) => Ok(text.to_owned()),
                None => Err(operand::wrong_type(at, value, &["string"])),
            };
            if contains(&text(0, network)?, &text(1, part)?)? {
                pairs.push(Value::array(vec![key.clone(), name.clone()]));
            }
        }
    }
    Ok(Some(Value::set(pairs)))
}

fn expand(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let network = Network::parse(operand::string(args, 0)?)?;
    let bits = network.host_bits();
    if bits > EXPANDED_BITS {
        return Err(BuiltinError::new("net.cidr_expand: the network has too many addresses"));
    }
    let mut addresses = Vec::new();
    for host in 0..1_u128 << bits {
        context.tick(1)?;
        addresses.push(Value::string(shown(network.address + host)));
    }
    Ok(Some(Value::set(addresses)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn networks() {
        for (name, arguments, result) in [
            ("net.cidr_contains", vec!["\"10.0.0.0/8\"", "\"10.1.2.3\""], "true"),
            ("net.cidr_contains", vec!["\"10.0.0.0/8\"", "\"10.1.0.0/16\""], "true"),
            ("net.cidr_contains", vec!["\"10.1.0.0/16\"", "\"10.0.0.0/8\""], "false"),
            ("net.cidr_contains", vec!["\"::/80\"", "\"::/80\""], "true"),
            ("net.cidr_intersects", vec!["\"10.0.0.0/8\"", "\"10.1.0.0/16\""], "true"),
            ("net.cidr_is_valid", vec!["\"10.0.0.1/33\""], "false"),
            ("net.cidr_is_valid", vec!["\"10.0.0.01/8\""], "false"),
            ("net.cidr_is_valid", vec!["\"fe80::1%eth0/64\""], "false"),
            ("net.cidr_expand", vec!["\"10.0.0.1/31\""], "{\"10.0.0.0\", \"10.0.0.1\"}"),
            (
                "net.cidr_contains_matches",
                vec!["[\"10.0.0.0/8\", [\"192.168.0.0/16\", 1]]", "{\"a\": \"10.1.1.1\"}"],
                "{[0, \"a\"]}",
            ),
            ("net.cidr_contains_matches", vec!["[\"10.0.0.0/8\", [[1]]]", "[]"], "set()"),
            (
                "net.cidr_contains_matches",
                vec!["[[[1]]]", "[\"10.0.0.0/8\"]"],
                "error: operand 1 must be string but got array",
            ),
            ("net.cidr_merge", vec!["[\"10.0.0.0/25\", \"10.0.0.128/25\"]"], "{\"10.0.0.0/24\"}"),
            (
                "net.cidr_merge",
                vec!["[\"10.0.0.1/32\", \"10.0.0.2/31\"]"],
                "{\"10.0.0.1/32\", \"10.0.0.2/31\"}",
            ),
        ] {
            assert_eq!(eval(name, &arguments), result, "{name}{arguments:?}");
        }
    }
}
