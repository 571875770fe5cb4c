//! The plugin's configuration: every key is known and every value checked. Nothing of the machine is looked at here
//! but whether `nft_path` is there.

mod duration;

use std::path::PathBuf;
use std::time::Duration;

use warden_plugin::{Config, Error, Result};

/// What is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The names of the table and its sets.
    pub names: Names,
    /// Where nft lies, absolute.
    pub nft_path: PathBuf,
    /// How long one run of nft may take.
    pub timeout: Duration,
    /// Whether the chains that packets pass are warden's to create; the chain that drops always is.
    pub create_rules: bool,
    /// The priority of both chains: a lower one sees a packet earlier.
    pub priority: i32,
    /// What keeps two wardens from writing at once, absolute.
    pub lock_path: PathBuf,
    /// How long to wait for another warden's write.
    pub lock_timeout: Duration,
}

/// The names of the table, of family `inet`, and its sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The table.
    pub table: String,
    /// Single IPv4 addresses.
    pub set4: String,
    /// Single IPv6 addresses.
    pub set6: String,
    /// What the names of the sets of IPv4 ranges begin with: `net4` for `net4_24`.
    pub net4: String,
    /// The same for IPv6 ranges.
    pub net6: String,
    /// Further bans of a target: no rule looks at it.
    pub bans: String,
    /// How many sets the single IPv4 addresses are divided among: a power of two.
    pub shards: u16,
}

const TABLE: &str = "table";
const SET4: &str = "set4";
const SET6: &str = "set6";
const NET4: &str = "net4";
const NET6: &str = "net6";
const BANS: &str = "bans";
const SHARDS: &str = "shards";
const NFT_PATH: &str = "nft_path";
const TIMEOUT: &str = "timeout";
const CREATE_RULES: &str = "create_rules";
const PRIORITY: &str = "priority";
const LOCK_PATH: &str = "lock_path";
const LOCK_TIMEOUT: &str = "lock_timeout";

const KNOWN: [&str; 13] = [
    TABLE,
    SET4,
    SET6,
    NET4,
    NET6,
    BANS,
    SHARDS,
    NFT_PATH,
    TIMEOUT,
    CREATE_RULES,
    PRIORITY,
    LOCK_PATH,
    LOCK_TIMEOUT,
];

/// What the main configuration file gives to every backend: housekeeping of stores, which has no meaning here.
const OF_STORES: [&str; 4] = ["flush", "max_records", "max_records_age", "debug"];

/// Earlier than the chains of most firewalls (0), so that a ban is not accepted before it is seen.
const DEFAULT_PRIORITY: i32 = -10;

impl Settings {
    /// Reads and checks the map of a backend file.
    ///
    /// # Errors
    /// `Config`, with the key at fault.
    pub fn read(config: &Config<'_>) -> Result<Self> {
        refuse_unknown_keys(config)?;
        Ok(Self {
            names: Names::read(config)?,
            nft_path: program(config)?,
            timeout: duration::parse(TIMEOUT, config.get(TIMEOUT).unwrap_or("60s"))?,
            create_rules: config.flag(CREATE_RULES, true)?,
            priority: priority(config)?,
            lock_path: absolute(config, LOCK_PATH, "/run/warden-nftables.lock")?,
            lock_timeout: duration::parse(LOCK_TIMEOUT, config.get(LOCK_TIMEOUT).unwrap_or("10s"))?,
        })
    }
}

impl Names {
    fn read(config: &Config<'_>) -> Result<Self> {
        let names = Self {
            table: name(config, TABLE, "warden")?,
            set4: name(config, SET4, SET4)?,
            set6: name(config, SET6, SET6)?,
            net4: name(config, NET4, NET4)?,
            net6: name(config, NET6, NET6)?,
            bans: name(config, BANS, BANS)?,
            shards: shards(config)?,
        };
        names.refuse_doubles()?;
        Ok(names)
    }

    /// Whether a set of ranges or a shard may come to have this name.
    fn is_derived(&self, name: &str) -> bool {
        let rest = |prefix: &String| name.strip_prefix(prefix.as_str())?.strip_prefix('_');
        let is_number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        [&self.net4, &self.net6, &self.set4].into_iter().filter_map(rest).any(is_number)
    }

    fn refuse_doubles(&self) -> Result {
        let sets = [
            (SET4, &self.set4),
            (SET6, &self.set6),
            (NET4, &self.net4),
            (NET6, &self.net6),
            (BANS, &self.bans),
        ];
        for (index, (key, name)) in sets.into_iter().enumerate() {
            if let Some((other, _)) = sets[..index].iter().find(|(_, earlier)| *earlier == name) {
                return Err(Error::config(key, format!("{key}: `{name}` is the name of {other} already")));
            }
            if self.is_derived(name) {
                let message = format!("{key}: `{name}` is the name of a set of ranges or a shard already");
                return Err(Error::config(key, message));
            }
        }
        Ok(())
    }
}

fn refuse_unknown_keys(config: &Config<'_>) -> Result {
    let is_unknown = |key: &str| !KNOWN.contains(&key) && !OF_STORES.contains(&key);
    let Some((key, _)) = config.iter().find(|(key, _)| is_unknown(key)) else { return Ok(()) };
    let nearest = KNOWN.into_iter().max_by(|a, b| strsim::jaro(key, a).total_cmp(&strsim::jaro(key, b)));
    Err(Error::config(key, format!("`{key}` is not a key of this backend"))
        .with_hint(format!("the nearest one is `{}`", nearest.unwrap_or(TABLE))))
}

/// A name that nft takes as a word. It is never quoted, so nothing else may pass.
fn name(config: &Config<'_>, key: &str, default: &str) -> Result<String> {
    let name = config.get(key).unwrap_or(default);
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        && name.len() <= 31;
    if is_word {
        return Ok(name.to_owned());
    }
    Err(Error::config(key, format!("{key}: `{name}` is not a name for nft"))
        .with_hint("a letter, then letters, digits, `_`, `-` and `.`, at most 31"))
}

fn program(config: &Config<'_>) -> Result<PathBuf> {
    let path = absolute(config, NFT_PATH, "/usr/sbin/nft")?;
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::config(NFT_PATH, format!("there is no nft at `{}`", path.display()))
        .with_hint("install the package nftables, or set nft_path to where the program lies"))
}

fn absolute(config: &Config<'_>, key: &str, default: &str) -> Result<PathBuf> {
    let path = PathBuf::from(config.get(key).unwrap_or(default));
    if path.is_absolute() {
        return Ok(path);
    }
    Err(Error::config(key, format!("{key}: `{}` is not an absolute path", path.display())))
}

fn shards(config: &Config<'_>) -> Result<u16> {
    let Some(text) = config.get(SHARDS) else { return Ok(1) };
    text.parse().ok().filter(|number: &u16| number.is_power_of_two() && *number <= 256).ok_or_else(|| {
        Error::config(SHARDS, format!("{SHARDS}: `{text}` is not 1, 2, 4, and so on up to 256"))
    })
}

fn priority(config: &Config<'_>) -> Result<i32> {
    let Some(text) = config.get(PRIORITY) else { return Ok(DEFAULT_PRIORITY) };
    text.parse().ok().filter(|number: &i32| (-1000..=1000).contains(number)).ok_or_else(|| {
        Error::config(PRIORITY, format!("{PRIORITY}: `{text}` is not a number from -1000 to 1000"))
    })
}

#[cfg(test)]
mod tests {
    use warden_plugin::ErrorKind;

    use super::*;

    /// Any file will do for nft.
    const PROGRAM: &str = "/proc/self/exe";

    fn read(pairs: &[(&'static str, &'static str)]) -> Result<Settings> {
        let program =
            [(NFT_PATH, PROGRAM)].into_iter().filter(|_| !pairs.iter().any(|(key, _)| *key == NFT_PATH));
        Settings::read(&Config::new(program.chain(pairs.iter().copied()).collect()))
    }

    #[test]
    fn what_is_not_set_has_a_default() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.names.table, "warden");
        assert_eq!((settings.names.set4.as_str(), settings.names.net6.as_str()), ("set4", "net6"));
        assert_eq!((settings.create_rules, settings.priority), (true, -10));
        assert_eq!(
            (settings.timeout, settings.lock_timeout),
            (Duration::from_mins(1), Duration::from_secs(10))
        );
        assert_eq!(settings.lock_path, PathBuf::from("/run/warden-nftables.lock"));
    }

    #[test]
    fn what_is_set_counts() {
        let settings = read(&[
            ("table", "fw"),
            ("set4", "banned-v4"),
            ("bans", "book.keeping"),
            ("timeout", "1500ms"),
            ("create_rules", "false"),
            ("priority", "-200"),
            ("lock_path", "/tmp/l"),
        ])
        .unwrap();
        assert_eq!((settings.names.table.as_str(), settings.names.set4.as_str()), ("fw", "banned-v4"));
        assert_eq!(settings.names.bans, "book.keeping");
        assert_eq!((settings.create_rules, settings.priority), (false, -200));
        assert_eq!(settings.timeout, Duration::from_millis(1500));
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_key() {
        for (key, value) in [
            (TABLE, "a b"),
            (TABLE, "4"),
            (SET4, "x;flush"),
            (SET6, "\"x\""),
            (NET4, "@x"),
            (BANS, "a-name-that-is-longer-than-nft-has-room-for"),
            (NFT_PATH, "nft"),
            (NFT_PATH, "/nowhere/nft"),
            (NFT_PATH, "/"),
            (TIMEOUT, "soon"),
            (CREATE_RULES, "maybe"),
            (PRIORITY, "filter"),
            (PRIORITY, "1001"),
            (SHARDS, "3"),
            (SHARDS, "512"),
            (SHARDS, "many"),
            (LOCK_PATH, "run/lock"),
            (LOCK_TIMEOUT, "10"),
        ] {
            let error = read(&[(key, value)]).unwrap_err();
            assert_eq!((error.kind(), error.key()), (ErrorKind::Config, key), "{value}");
            assert!(error.message().contains(value), "{error}");
        }
    }

    #[test]
    fn what_the_main_file_gives_to_every_backend_is_passed_over() {
        let given =
            [("flush", "true"), ("max_records", "10000"), ("max_records_age", "720h"), ("debug", "false")];
        assert_eq!(read(&given).unwrap(), read(&[]).unwrap());
    }

    #[test]
    fn two_sets_never_share_a_name() {
        let error = read(&[("set6", "net4")]).unwrap_err();
        assert_eq!((error.key(), error.message()), ("net4", "net4: `net4` is the name of set6 already"));
        let error = read(&[("bans", "net4_24")]).unwrap_err();
        assert_eq!(error.message(), "bans: `net4_24` is the name of a set of ranges or a shard already");
    }

    #[test]
    fn an_unknown_key_names_the_nearest_one() {
        let error = read(&[("tabel", "x")]).unwrap_err();
        assert_eq!((error.key(), error.hint()), ("tabel", "the nearest one is `table`"));
    }

    #[test]
    fn a_missing_nft_says_what_to_install() {
        let error = read(&[("nft_path", "/nowhere/nft")]).unwrap_err();
        assert_eq!(error.message(), "there is no nft at `/nowhere/nft`");
        assert!(error.hint().contains("install the package nftables"));
    }
}
