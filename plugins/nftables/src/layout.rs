//! The table, its sets, and the chains with their rules: what is created when it is missing. Elements are not known here.

use std::io::BufReader;

use serde_json::{Value, json};
use warden_plugin::{Error, Result};

use crate::nft::Nft;
use crate::settings::{Names, Settings};

/// The hooks that a packet from a banned address may pass, each with a chain of the same name.
const CHAINS: [&str; 2] = ["input", "forward"];

/// The commands that create what is missing. Sets are always named: an `add` of one that is there changes nothing.
///
/// # Errors
/// When nft could not be asked.
pub fn commands(settings: &Settings, nft: &Nft) -> Result<String> {
    let mut commands = sets(&settings.names);
    if settings.create_rules {
        let chains = Chains::read(nft)?;
        if !(chains.are_wanted(settings) && rules_are_there(&settings.names, nft)) {
            commands.extend(rules(settings, &chains));
        }
    }
    Ok(joined(&commands))
}

fn joined(commands: &[Value]) -> String {
    commands.iter().map(Value::to_string).collect::<Vec<_>>().join(",")
}

fn sets(names: &Names) -> Vec<Value> {
    let table = names.table.as_str();
    let set = |name: &str, kind: Value, flags: Value| json!({"add": {"set": {"family": "inet", "table": table, "name": name, "type": kind, "flags": flags}}});
    let [plain, interval] = [json!(["timeout"]), json!(["interval", "timeout"])];
    vec![
        json!({"add": {"table": {"family": "inet", "name": table}}}),
        set(&names.set4, json!("ipv4_addr"), plain.clone()),
        set(&names.set6, json!("ipv6_addr"), plain.clone()),
        set(&names.net4, json!("ipv4_addr"), interval.clone()),
        set(&names.net6, json!("ipv6_addr"), interval),
        set(&names.bans, json!(["ipv6_addr", "inet_service", "inet_service"]), plain),
    ]
}

fn rules(settings: &Settings, chains: &Chains) -> Vec<Value> {
    let mut commands = Vec::new();
    for name in CHAINS {
        let chain = json!({"family": "inet", "table": settings.names.table, "name": name});
        if chains.chain(settings, name) == Chain::Otherwise {
            commands.push(json!({"delete": {"chain": chain}}));
        }
        let mut hooked = chain.clone();
        for (key, value) in [
            ("type", json!("filter")),
            ("hook", json!(name)),
            ("prio", json!(settings.priority)),
            ("policy", json!("accept")),
        ] {
            hooked[key] = value;
        }
        commands.extend([json!({"add": {"chain": hooked}}), json!({"flush": {"chain": chain}})]);
        commands.extend(drops(&settings.names, name));
    }
    commands
}

/// The rules of one chain: a packet from an element of any set is counted and dropped.
fn drops<'n>(names: &'n Names, chain: &'n str) -> impl Iterator<Item = Value> + 'n {
    let protocols = ["ip", "ip", "ip6", "ip6"];
    names.enforced().into_iter().zip(protocols).map(move |(set, protocol)| {
        json!({"add": {"rule": {"family": "inet", "table": names.table, "chain": chain, "expr": [
            {"match": {
                "op": "==",
                "left": {"payload": {"protocol": protocol, "field": "saddr"}},
                "right": format!("@{set}"),
            }},
            {"counter": null},
            {"drop": null},
        ]}}})
    })
}

/// Whether every set has a rule that uses it. A set in use cannot be deleted, and a check of that takes as long for a
/// full set as for an empty one; a listing of the rules would fetch every element.
fn rules_are_there(names: &Names, nft: &Nft) -> bool {
    let delete = |set| json!({"delete": {"set": {"family": "inet", "table": names.table, "name": set}}});
    let deletes = names.enforced().map(delete);
    let checked = nft.check(&crate::command::batch(joined(&deletes)));
    checked.is_err_and(|refusal| refusal.busy() == deletes.len())
}

/// What stands where a chain should.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chain {
    Missing,
    AsWanted,
    /// Its hook or priority is another: neither can be changed.
    Otherwise,
}

/// The chains of family inet, as nft lists them.
struct Chains(Value);

impl Chains {
    fn read(nft: &Nft) -> Result<Self> {
        let mut process = nft.list(&["chains", "inet"])?;
        let listing = serde_json::from_reader(BufReader::new(&mut process));
        process.finish()?;
        listing.map(Self).map_err(|e| Error::internal(format!("nft's listing is not understood: {e}")))
    }

    fn chain(&self, settings: &Settings, name: &str) -> Chain {
        let objects = self.0["nftables"].as_array().into_iter().flatten();
        let table = settings.names.table.as_str();
        let mut chains = objects.map(|object| &object["chain"]);
        match chains.find(|chain| chain["table"] == table && chain["name"] == name) {
            None => Chain::Missing,
            Some(chain)
                if chain["type"] == "filter"
                    && chain["hook"] == name
                    && chain["prio"] == settings.priority =>
            {
                Chain::AsWanted
            }
            Some(_) => Chain::Otherwise,
        }
    }

    fn are_wanted(&self, settings: &Settings) -> bool {
        CHAINS.iter().all(|name| self.chain(settings, name) == Chain::AsWanted)
    }
}
