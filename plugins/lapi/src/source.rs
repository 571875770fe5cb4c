//! warden's source and `CrowdSec`'s origin, one for the other.

use std::borrow::Cow;

/// The pairs of words; any other word is the same on both sides.
const PAIRS: [(&str, &str); 3] = [("cli", "cscli"), ("local", "crowdsec"), ("api", "CAPI")];

/// The origin of a list that the console subscribes to: the list's name is the decision's scenario then.
const LISTS: &str = "lists";

/// The origin that a ban of this source is sent with. A list is written `lists:NAME`, so that the scenario keeps the
/// reason and a refresh of the server's own lists leaves it alone.
pub fn origin(source: &str) -> Cow<'_, str> {
    if let Some(name) = source.strip_prefix("list:") {
        return format!("{LISTS}:{name}").into();
    }
    let pair = PAIRS.into_iter().find(|(ours, _)| *ours == source);
    pair.map_or(source, |(_, theirs)| theirs).into()
}

/// The source of a decision.
pub fn of<'a>(origin: &'a str, scenario: &str) -> Cow<'a, str> {
    if origin == LISTS {
        return format!("list:{scenario}").into();
    }
    if let Some(name) = origin.strip_prefix(LISTS).and_then(|rest| rest.strip_prefix(':')) {
        return format!("list:{name}").into();
    }
    let pair = PAIRS.into_iter().find(|(_, theirs)| *theirs == origin);
    pair.map_or(origin, |(ours, _)| ours).into()
}

/// The one origin that all decisions of a source have; a list has two spellings.
pub fn only_origin(source: &str) -> Option<Cow<'_, str>> {
    (!source.starts_with("list:")).then(|| origin(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_comes_back() {
        for (source, sent) in [
            ("cli", "cscli"),
            ("local", "crowdsec"),
            ("api", "CAPI"),
            ("list:tor", "lists:tor"),
            ("cscli-import", "cscli-import"),
            ("console", "console"),
        ] {
            assert_eq!(origin(source), sent);
            assert_eq!(of(sent, "any"), source);
        }
    }

    #[test]
    fn a_list_of_the_servers_own_is_named_by_its_scenario() {
        assert_eq!(of("lists", "tor-exit-nodes"), "list:tor-exit-nodes");
        assert_eq!(of("listsome", "x"), "listsome");
    }
}
