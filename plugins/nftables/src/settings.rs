//! The plugin's configuration. Which keys there are, and what a value of each kind is, the host checks by [`SCHEMA`].
//! Nothing of the machine is looked at here but nft's own place.

use std::path::PathBuf;
use std::time::Duration;

use warden_plugin::{Config, Error, Key, Kind, Result, Schema, trust};

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

const DEFAULT_NFT: &str = "/usr/sbin/nft";

/// The keys of a backend file, for the host and for people.
pub const SCHEMA: Schema = Schema::Closed(&[
    Key::new(Kind::Program, NFT_PATH, "the program; run without a shell and with an empty environment")
        .preset(DEFAULT_NFT),
    Key::new(Kind::Text, TABLE, "the table, of family `inet`").preset("warden"),
    Key::new(Kind::Text, SET4, "the set of single IPv4 addresses").preset(SET4),
    Key::new(Kind::Text, SET6, "the set of single IPv6 addresses").preset(SET6),
    Key::new(Kind::Text, NET4, "what the names of the sets of IPv4 ranges begin with").preset(NET4),
    Key::new(Kind::Text, NET6, "what the names of the sets of IPv6 ranges begin with").preset(NET6),
    Key::new(Kind::Text, BANS, "the set of further bans, which no rule looks into").preset(BANS),
    Key::choice(
        SHARDS,
        "1,2,4,8,16,32,64,128,256",
        "among how many sets single IPv4 addresses are divided (below)",
    )
    .preset("1"),
    Key::new(Kind::Flag, CREATE_RULES, "whether the chains `input` and `forward` are warden's to create")
        .preset("true"),
    Key::new(Kind::Text, PRIORITY, "of both chains, -1000 to 1000; a lower one sees a packet earlier")
        .preset("-10"),
    Key::new(Kind::Duration, TIMEOUT, "how long one run of nft may take").preset("60s"),
    Key::new(Kind::StoreFile, LOCK_PATH, "the file that lets one warden write at a time")
        .preset(DEFAULT_LOCK),
    Key::new(Kind::Duration, LOCK_TIMEOUT, "how long to wait for another one").preset("10s"),
]);

const DEFAULT_LOCK: &str = "/run/warden-nftables.lock";

/// Earlier than the chains of most firewalls (0), so that a ban is not accepted before it is seen.
const DEFAULT_PRIORITY: i32 = -10;

impl Settings {
    /// Reads and checks the map of a backend file.
    ///
    /// # Errors
    /// `Config`, with the key at fault.
    pub fn read(config: &Config<'_>) -> Result<Self> {
        Ok(Self {
            names: Names::read(config)?,
            nft_path: program(config)?,
            timeout: timeout(config)?,
            create_rules: config.flag(CREATE_RULES, true)?,
            priority: priority(config)?,
            lock_path: config.get(LOCK_PATH).unwrap_or(DEFAULT_LOCK).into(),
            lock_timeout: config.duration(LOCK_TIMEOUT)?.unwrap_or(Duration::from_secs(10)),
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

/// The host has looked at what is set; the preset nobody has.
fn program(config: &Config<'_>) -> Result<PathBuf> {
    let path = PathBuf::from(config.get(NFT_PATH).unwrap_or(DEFAULT_NFT));
    if !path.is_file() {
        return Err(Error::config(NFT_PATH, format!("there is no nft at `{}`", path.display()))
            .with_hint("install the package nftables, or set nft_path to where the program lies"));
    }
    match config.get(NFT_PATH) {
        Some(_) => Ok(path),
        None => trust::check(&path).map_err(|e| e.with_key(NFT_PATH)),
    }
}

/// A run of nft cannot take no time.
fn timeout(config: &Config<'_>) -> Result<Duration> {
    match config.duration(TIMEOUT)? {
        Some(Duration::ZERO) => Err(Error::config(TIMEOUT, format!("{TIMEOUT}: `0s` is no time at all"))),
        set => Ok(set.unwrap_or(Duration::from_mins(1))),
    }
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
            ("timeout", "1.5s"),
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
            (NFT_PATH, "/nowhere/nft"),
            (NFT_PATH, "/"),
            (TIMEOUT, "soon"),
            (TIMEOUT, "0s"),
            (CREATE_RULES, "maybe"),
            (PRIORITY, "filter"),
            (PRIORITY, "1001"),
            (SHARDS, "3"),
            (SHARDS, "512"),
            (SHARDS, "many"),
            (LOCK_TIMEOUT, "10"),
        ] {
            let error = read(&[(key, value)]).unwrap_err();
            assert_eq!((error.kind(), error.key()), (ErrorKind::Config, key), "{value}");
            assert!(error.message().contains(value), "{error}");
        }
    }

    #[test]
    fn two_sets_never_share_a_name() {
        let error = read(&[("set6", "net4")]).unwrap_err();
        assert_eq!((error.key(), error.message()), ("net4", "net4: `net4` is the name of set6 already"));
        let error = read(&[("bans", "net4_24")]).unwrap_err();
        assert_eq!(error.message(), "bans: `net4_24` is the name of a set of ranges or a shard already");
    }

    #[test]
    fn a_missing_nft_says_what_to_install() {
        let error = read(&[("nft_path", "/nowhere/nft")]).unwrap_err();
        assert_eq!(error.message(), "there is no nft at `/nowhere/nft`");
        assert!(error.hint().contains("install the package nftables"));
    }
}
