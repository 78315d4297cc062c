//! One network. Addresses are numbers of 128 bits, those of IPv4 mapped into them.

use std::net::{IpAddr, Ipv6Addr};

use super::super::BuiltinError;

/// What IPv4 addresses begin with when they are written in 128 bits.
const MAPPED: u128 = 0xffff << 32;

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    /// Its first address.
    pub(super) address: u128,
    /// How long the prefix is, of 128 bits.
    pub(super) prefix: u32,
    /// Whether it was written as one of IPv4.
    pub(super) v4: bool,
}

/// An address in 128 bits.
pub(super) fn widened(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => MAPPED | u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// Whether an address is one of IPv4.
pub(super) fn is_v4(address: u128) -> bool {
    address >> 32 == MAPPED >> 32
}

/// The text of an address.
pub(super) fn shown(address: u128) -> String {
    let address = Ipv6Addr::from(address);
    match address.to_ipv4_mapped() {
        Some(address) => address.to_string(),
        None => address.to_string(),
    }
}

/// The bits that tell the hosts of a network apart.
pub(super) fn host_mask(prefix: u32) -> u128 {
    u128::MAX.checked_shr(prefix).unwrap_or(0)
}

impl Network {
    pub(super) fn parse(text: &str) -> Result<Self, BuiltinError> {
        let invalid = || BuiltinError::new(format!("invalid CIDR address: {text}"));
        let (address, prefix) = text.split_once('/').ok_or_else(invalid)?;
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u32 = prefix.parse().ok().filter(|_| digits).ok_or_else(invalid)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        if prefix > bits {
            return Err(invalid());
        }
        let prefix = prefix + 128 - bits;
        let network = widened(address) & !host_mask(prefix);
        Ok(Self { address: network, prefix, v4: address.is_ipv4() })
    }

    pub(super) fn host_bits(&self) -> u32 {
        128 - self.prefix
    }

    /// An address of IPv4 is in no network of IPv6, and the other way round.
    pub(super) fn contains(&self, address: u128) -> bool {
        is_v4(address) == is_v4(self.address) && address & !host_mask(self.prefix) == self.address
    }

    pub(super) fn contains_network(&self, part: &Self) -> bool {
        let plain_v6 = |network: &Self| !network.v4 && !is_v4(network.address);
        if plain_v6(self) && plain_v6(part) {
            return self.prefix <= part.prefix
                && part.address & !host_mask(self.prefix) == self.address;
        }
        let last = part.address | host_mask(part.prefix);
        self.contains(part.address) && self.contains(last)
    }
}
