//! The guard: which addresses a request may go to.
//!
//! A webhook's address comes from a user, and the server sits inside somebody's network: without
//! a guard, a channel could read the cloud's metadata service or poke at databases. So only
//! public addresses over TLS are reachable, and whatever an operator lists.

use crate::failure::{Failure, FailureClass};
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;
use trimtab_domain::Error;

/// Ports that need no permission.
const PORTS: [u16; 2] = [443, 8443];
/// How long a name may take to resolve.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// What an operator permits beyond public addresses over TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowList {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    target: Target,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Host(String),
    Network { address: IpAddr, prefix: u8 },
}

impl AllowList {
    /// Reads entries such as `alertmanager.internal`, `localhost:9090`, `10.0.0.0/8`,
    /// `127.0.0.1:9000` or `[fd00::1]:443`.
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the entry that cannot be read.
    pub fn new<S: AsRef<str>>(
        entries: impl IntoIterator<Item = S>,
    ) -> trimtab_domain::Result<Self> {
        let entries = entries
            .into_iter()
            .map(|entry| entry.as_ref().parse())
            .collect::<trimtab_domain::Result<_>>()?;
        Ok(Self { entries })
    }

    /// The same, and the host and port of an address that the operator wrote down: naming it as a
    /// target is permission enough.
    ///
    /// # Errors
    ///
    /// `Invalid` if the address has no host or no port.
    pub(crate) fn and(mut self, url: &Url) -> trimtab_domain::Result<Self> {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(Error::invalid("an address has no host or no port"));
        };
        let target = match literal(host) {
            Some(address) => {
                let address = address.to_canonical();
                let prefix = if address.is_ipv4() { 32 } else { 128 };
                Target::Network { address, prefix }
            }
            None => Target::Host(plain_name(host)),
        };
        self.entries.push(Entry {
            target,
            port: Some(port),
        });
        Ok(self)
    }

    fn permits(&self, host: &str, address: IpAddr, port: u16) -> bool {
        self.entries.iter().any(|entry| {
            entry.port.is_none_or(|permitted| permitted == port)
                && match &entry.target {
                    Target::Host(permitted) => permitted == host,
                    Target::Network {
                        address: network,
                        prefix,
                    } => is_inside(address, *network, *prefix),
                }
        })
    }
}

impl FromStr for Entry {
    type Err = Error;

    fn from_str(text: &str) -> trimtab_domain::Result<Self> {
        let refuse = || {
            Error::invalid(format!("`{text}` is not an entry of the allow-list")).with_hint(
                "write a host, an address or a network, each with or without a port: `alerts.internal`, `10.0.0.0/8`, `127.0.0.1:9000`",
            )
        };
        let text = text.trim();
        // An IPv6 address holds colons of its own: it has a port only behind brackets.
        let (target, port) = if let Some(rest) = text.strip_prefix('[') {
            match rest.split_once(']').ok_or_else(refuse)? {
                (target, "") => (target, None),
                (target, port) => (target, Some(port.strip_prefix(':').ok_or_else(refuse)?)),
            }
        } else if text.matches(':').count() == 1 {
            let (target, port) = text.split_once(':').ok_or_else(refuse)?;
            (target, Some(port))
        } else {
            (text, None)
        };
        let port = port
            .map(|port| port.parse().map_err(|_| refuse()))
            .transpose()?;
        let target = parse_target(target).ok_or_else(refuse)?;
        Ok(Self { target, port })
    }
}

fn parse_target(text: &str) -> Option<Target> {
    if let Some((address, prefix)) = text.split_once('/') {
        let address: IpAddr = address.parse().ok()?;
        let prefix: u8 = prefix.parse().ok()?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        return (prefix <= widest).then_some(Target::Network { address, prefix });
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        let prefix = if address.is_ipv4() { 32 } else { 128 };
        return Some(Target::Network { address, prefix });
    }
    let is_name = !text.is_empty()
        && text.len() <= 253
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'));
    is_name.then(|| Target::Host(plain_name(text)))
}

fn plain_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn is_inside(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let differs = u32::from(address) ^ u32::from(network);
            differs.leading_zeros() >= u32::from(prefix)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let differs = u128::from(address) ^ u128::from(network);
            differs.leading_zeros() >= u32::from(prefix)
        }
        _ => false,
    }
}

/// A judged target: connect to these addresses and to no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) host: String,
    pub(crate) addresses: Vec<SocketAddr>,
}

/// Judges where a request would go.
///
/// Called at every attempt, not when the channel is saved: names move.
pub(crate) async fn judge(url: &Url, allowed: &AllowList) -> Result<Judgement, Failure> {
    let blocked = |message: String| Failure::permanent(FailureClass::BlockedByPolicy, message);
    let Some(name) = url.host_str() else {
        return Err(blocked("the address has no host".to_owned()));
    };
    let host = plain_name(name);
    if !url.username().is_empty() || url.password().is_some() {
        return Err(blocked(format!("the address of `{host}` holds a password")));
    }
    let is_tls = match url.scheme() {
        "https" => true,
        "http" => false,
        other => return Err(blocked(format!("`{other}` is not a scheme we speak"))),
    };
    let Some(port) = url.port_or_known_default() else {
        return Err(blocked(format!("the address of `{host}` has no port")));
    };
    let found = match literal(name) {
        Some(address) => vec![address],
        None => resolve(&host, port).await?,
    };
    let mut refusal = None;
    let mut addresses = Vec::with_capacity(found.len());
    for address in found.into_iter().map(|address| address.to_canonical()) {
        match refuse(&host, address, port, is_tls, allowed) {
            None => addresses.push(SocketAddr::new(address, port)),
            Some(reason) => refusal = Some(reason),
        }
    }
    if addresses.is_empty() {
        let reason = refusal.unwrap_or("it has no address");
        return Err(blocked(format!(
            "`{host}` is not permitted: {reason} (an operator can list it in the allow-list of outgoing targets)"
        )));
    }
    Ok(Judgement { host, addresses })
}

fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

async fn resolve(host: &str, port: u16) -> Result<Vec<IpAddr>, Failure> {
    let unknown = |why: String| {
        Failure::temporary(
            FailureClass::Network,
            format!("cannot find `{host}`: {why}"),
        )
    };
    let lookup = tokio::net::lookup_host((host, port));
    match tokio::time::timeout(RESOLVE_TIMEOUT, lookup).await {
        Ok(Ok(found)) => Ok(found.map(|address| address.ip()).collect()),
        Ok(Err(error)) => Err(unknown(error.to_string())),
        Err(_) => Err(Failure::temporary(
            FailureClass::Timeout,
            format!("the name `{host}` did not resolve in time"),
        )),
    }
}

/// Why an address is out of bounds, if it is.
fn refuse(
    host: &str,
    address: IpAddr,
    port: u16,
    is_tls: bool,
    allowed: &AllowList,
) -> Option<&'static str> {
    if allowed.permits(host, address, port) {
        return None;
    }
    if host == "localhost" || host.ends_with(".localhost") || !is_global(address) {
        return Some("its address is not a public one");
    }
    if !is_tls {
        return Some("only https is");
    }
    if !PORTS.contains(&port) {
        return Some("only ports 443 and 8443 are");
    }
    None
}

/// Whether an address belongs to the public internet (IANA's special-purpose registries).
///
/// Forms that carry an IPv4 address inside (6to4, NAT64, Teredo) are not: they would lead
/// through a gateway to an address nobody judged.
pub fn is_global(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [([u8; 4], u8); 15] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    !SPECIAL.iter().any(|&(network, prefix)| {
        is_inside(
            IpAddr::V4(address),
            IpAddr::V4(Ipv4Addr::from(network)),
            prefix,
        )
    })
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out; inside it some blocks are special.
    const SPECIAL: [([u16; 8], u8); 4] = [
        ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
        ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
        ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
        ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
    ];
    let inside = |network: [u16; 8], prefix: u8| {
        is_inside(
            IpAddr::V6(address),
            IpAddr::V6(Ipv6Addr::from(network)),
            prefix,
        )
    };
    inside([0x2000, 0, 0, 0, 0, 0, 0, 0], 3)
        && !SPECIAL
            .iter()
            .any(|&(network, prefix)| inside(network, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_global() {
        let check = |address: &str, expected: bool| {
            assert_eq!(is_global(address.parse().unwrap()), expected, "{address}");
        };
        for public in [
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "2606:4700::1111",
        ] {
            check(public, true);
        }
        for special in [
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
        ] {
            check(special, false);
        }
        check("::ffff:1.1.1.1", true);
    }

    async fn reaches(url: &str, entries: &[&str]) -> bool {
        let allowed = AllowList::new(entries).unwrap();
        match judge(&url.parse().unwrap(), &allowed).await {
            Ok(target) => !target.addresses.is_empty(),
            Err(failure) => {
                assert_eq!(failure.class, FailureClass::BlockedByPolicy, "{failure}");
                assert!(!failure.is_temporary);
                false
            }
        }
    }

    #[tokio::test]
    async fn literal_addresses_are_judged_in_every_spelling() {
        assert!(reaches("https://1.1.1.1/hook", &[]).await);
        assert!(reaches("https://1.1.1.1:8443/hook", &[]).await);
        assert!(reaches("https://[2606:4700::1111]/", &[]).await);
        for url in [
            "http://1.1.1.1/hook",
            "https://1.1.1.1:22/hook",
            "https://user@1.1.1.1/",
            "https://:secret@1.1.1.1/",
            "ftp://1.1.1.1/",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://017700000001/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://localhost/",
            "https://LOCALHOST./",
        ] {
            assert!(!reaches(url, &[]).await, "{url}");
        }
    }

    #[tokio::test]
    async fn the_allow_list_opens_exactly_what_it_names() {
        assert!(reaches("http://127.0.0.1:9000/", &["127.0.0.1:9000"]).await);
        assert!(!reaches("http://127.0.0.1:9001/", &["127.0.0.1:9000"]).await);
        assert!(reaches("http://127.0.0.1:9001/", &["127.0.0.0/8"]).await);
        assert!(!reaches("http://10.0.0.1/", &["127.0.0.0/8"]).await);
        assert!(reaches("http://[::1]:80/", &["[::1]:80"]).await);
        assert!(reaches("http://[::1]:81/", &["::1"]).await);
        assert!(reaches("http://[fd00::5]/", &["fd00::/8"]).await);
        assert!(!reaches("http://[fd00::5]/", &["0.0.0.0/0"]).await);
        assert!(reaches("http://[::ffff:127.0.0.1]/", &["127.0.0.1"]).await);
        assert!(reaches("http://localhost:9000/", &["localhost"]).await);
        assert!(reaches("http://localhost.:9000/", &["LocalHost:9000"]).await);
        assert!(!reaches("http://user@localhost:9000/", &["localhost"]).await);
        assert!(!reaches("http://127.0.0.1:9000/", &["localhost:9000"]).await);
    }

    #[test]
    fn entries_that_mean_nothing_are_refused() {
        for entry in [
            "",
            "http://x/",
            "10.0.0.0/33",
            "::/129",
            "host:port",
            "host:70000",
            "[::1",
            "a b",
            "[::1]9",
            "10.0.0/8",
        ] {
            assert!(AllowList::new([entry]).is_err(), "{entry}");
        }
    }
}
