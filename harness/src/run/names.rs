//! Which names a scenario will ask for: they must be in the zone before it
//! runs.

use mock_endpoints::HostName;
use scenarios::Resolved;

/// The hosts of a scenario's URL arguments and of the URLs in its command.
pub(crate) fn of(scenario: &Resolved) -> Vec<HostName> {
    let mut names: Vec<HostName> = scenario
        .hosts
        .iter()
        .map(String::as_str)
        .chain(hosts(&scenario.command))
        // What is no host name cannot be asked for.
        .filter_map(|host| host.parse().ok())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The host of a URL.
pub(super) fn of_url(url: &str) -> Option<HostName> {
    hosts(url).next()?.parse().ok()
}

/// The hosts of all `http://` and `https://` URLs in a text.
fn hosts(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("://").filter_map(|(at, separator)| {
        let scheme = text[..at].to_ascii_lowercase();
        if !scheme.ends_with("http") && !scheme.ends_with("https") {
            return None;
        }
        let rest = &text[at + separator.len()..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_found_wherever_they_stand() {
        let text =
            "curl.exe \"https://a.workers.dev:443/x\" & iwr 'HTTP://b.vercel.app?q' ftp://c.d";
        let found: Vec<_> = hosts(text).collect();
        assert_eq!(found, ["a.workers.dev", "b.vercel.app"]);
        assert_eq!(hosts("https:// ://x http").count(), 0);
    }
}
