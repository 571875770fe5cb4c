use warden_plugin::ErrorKind;

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Settings> {
    let all = [(URL, "http://127.0.0.1:8080/"), (MACHINE_ID, "m"), (PASSWORD, "s3cret")];
    let kept = all.into_iter().filter(|(key, _)| !pairs.iter().any(|(other, _)| other == key));
    Settings::read(&Config::new(kept.chain(pairs.iter().copied()).collect()))
}

fn fault(pairs: &[(&str, &str)]) -> Error {
    let error = read(pairs).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error
}

#[test]
fn what_is_not_set_has_a_default() {
    let read = read(&[]).unwrap();
    assert_eq!(read.address, Address::Web("http://127.0.0.1:8080".into()));
    assert_eq!((read.machine.as_str(), read.password.reveal(), read.tls_ca), ("m", "s3cret", None));
    assert_eq!(
        (read.connect_timeout, read.timeout, read.busy_timeout),
        (Duration::from_secs(5), Duration::from_mins(1), Duration::from_secs(10))
    );
}

#[test]
fn what_is_set_counts() {
    let more = [(URL, "/run/lapi.sock"), (TLS_CA, "/ca.pem"), (TIMEOUT, "1m30s")];
    let read = read(&more).unwrap();
    assert_eq!(read.address, Address::Unix("/run/lapi.sock".into()));
    assert_eq!((read.tls_ca, read.timeout), (Some("/ca.pem".into()), Duration::from_secs(90)));
}

#[test]
fn what_must_be_set_is_missed_by_name() {
    for key in [URL, MACHINE_ID, PASSWORD] {
        let error = fault(&[(key, "")]);
        assert_eq!((error.key(), error.message()), (key, format!("{key} is missing").as_str()));
        assert!(error.hint().contains(CREDENTIALS_PATH));
    }
}

#[test]
fn a_wrong_value_is_refused_with_its_key() {
    for (key, value) in [
        (URL, "ftp://x"),
        (URL, "127.0.0.1:8080"),
        (URL, "http://"),
        (URL, "http://:80"),
        (URL, "http://x/?a=b"),
        (URL, "http://a b"),
        (TIMEOUT, "10"),
        (TIMEOUT, "0s"),
        (BUSY_TIMEOUT, "-1s"),
        (CONNECT_TIMEOUT, "1M"),
    ] {
        let error = fault(&[(key, value)]);
        assert_eq!(error.key(), key);
        assert!(error.message().contains(value), "{error}");
    }
}

#[test]
fn a_password_in_the_url_is_refused_and_not_shown() {
    let error = fault(&[(URL, "http://me:s3cret@host")]);
    assert!(!format!("{error:?}").contains("s3cret"));
}

#[test]
fn no_debug_output_shows_the_password() {
    assert!(!format!("{:?}", read(&[]).unwrap()).contains("s3cret"));
}

#[test]
fn the_credentials_file_fills_what_is_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.yaml");
    std::fs::write(&path, "url: http://h:1\nlogin: file\npassword: p\n").unwrap();
    let path = path.to_str().unwrap();
    let set = [(CREDENTIALS_PATH, path), (URL, ""), (MACHINE_ID, "own"), (PASSWORD, "")];
    let read = read(&set).unwrap();
    assert_eq!((read.machine.as_str(), read.password.reveal()), ("own", "p"));
    assert_eq!((read.address.to_string().as_str(), read.login_key), ("http://h:1", CREDENTIALS_PATH));
}

#[test]
fn a_credentials_file_without_a_key_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.yaml");
    std::fs::write(&path, "url: http://h:1\n").unwrap();
    let path = path.to_str().unwrap();
    let error = fault(&[(CREDENTIALS_PATH, path), (MACHINE_ID, "")]);
    assert_eq!(error.message(), format!("{path} has no `login`"));
    let error = fault(&[(CREDENTIALS_PATH, "/nowhere/c.yaml")]);
    assert_eq!(error.message(), "cannot read /nowhere/c.yaml: no such file or directory");
}
