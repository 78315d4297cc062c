//! Merging networks into as few as hold the same addresses.

use std::net::IpAddr;

use super::super::super::value::Value;
use super::super::{BuiltinError, Context, Outcome, operand};
use super::network::{Network, host_mask, is_v4, shown, widened};

/// A run of addresses, and the text of the network that it is while it is just one.
struct Range {
    first: u128,
    last: u128,
    written: Option<String>,
}

pub(super) fn merge(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let items = operand::any(args, 0)?
        .items()
        .ok_or_else(|| BuiltinError::new("operand must be an array"))?;
    context.tick(items.len())?;
    let mut ranges = items.iter().map(range).collect::<Result<Vec<_>, _>>()?;
    ranges.sort_by_key(|range| (range.last, range.first));
    // From the end, each is merged into the one before it where the two touch.
    let mut merged: Vec<Range> = Vec::new();
    while let Some(mut range) = ranges.pop() {
        while let Some(before) = ranges.pop_if(|before| previous(range.first) <= before.last) {
            let first = before.first.min(range.first);
            range = Range { first, last: range.last, written: None };
        }
        merged.push(range);
    }
    let mut networks = Vec::new();
    for range in merged {
        match range.written {
            Some(written) => networks.push(Value::from(written)),
            None => networks.extend(cover(range.first, range.last).into_iter().map(Value::from)),
        }
    }
    Ok(Some(Value::set(networks)))
}

fn range(item: &Value) -> Result<Range, BuiltinError> {
    let text = item.as_str().ok_or_else(|| BuiltinError::new("element must be string"))?;
    let (network, written) = match text.parse::<IpAddr>() {
        Ok(address) => {
            let address = widened(address);
            if !is_v4(address) {
                return Err(BuiltinError::new("IPv6 invalid: needs prefix length"));
            }
            // The prefix that such an address had before there were prefixes.
            let octet = (address >> 24) & 0xff;
            let bits = if octet < 0x80 {
                8
            } else if octet < 0xc0 {
                16
            } else {
                24
            };
            let prefix = 96 + bits;
            let network = Network { address: address & !host_mask(prefix), prefix, v4: true };
            (network, format!("{}/{bits}", shown(address)))
        }
        Err(_) => {
            let network = Network::parse(text)?;
            (network, text_of(network.address, network.prefix))
        }
    };
    let last = network.address | host_mask(network.prefix);
    Ok(Range { first: network.address, last, written: Some(written) })
}

/// The address before, except before the first ones.
fn previous(address: u128) -> u128 {
    let first = address == 0 || is_v4(address) && address.trailing_zeros() >= 32;
    if first { address } else { address - 1 }
}

fn text_of(address: u128, prefix: u32) -> String {
    let prefix = if is_v4(address) && prefix >= 96 { prefix - 96 } else { prefix };
    format!("{}/{prefix}", shown(address))
}

/// The fewest networks that hold exactly the addresses from `first` to `last`.
fn cover(mut first: u128, last: u128) -> Vec<String> {
    let mut networks = Vec::new();
    loop {
        // The largest block that begins here and does not end beyond the last address.
        let aligned = if first == 0 { 128 } else { first.trailing_zeros() };
        let bits =
            (0..=aligned).rev().find(|bits| first | host_mask(128 - bits) <= last).unwrap_or(0);
        networks.push(text_of(first, 128 - bits));
        let end = first | host_mask(128 - bits);
        match end.checked_add(1) {
            Some(next) if next <= last => first = next,
            _ => return networks,
        }
    }
}
