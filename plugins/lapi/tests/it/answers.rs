//! What stands between warden and a LAPI's answer: a login refused, nobody there, somebody else, a token that is dead.

use warden_plugin::{Backend as _, Error, ErrorKind};

use crate::common::{Command, PASSWORD, endless, free_port, host, open_with, stranger};
use crate::server_or_return;

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let server = server_or_return!();
    let mut command = Command::with(&server.url(), &[("password", "wr0ng-password")]);
    let error = command.backend.probe().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Denied, "password"));
    assert_eq!(
        error.message(),
        format!(
            "the LAPI at {} refuses the login of machine `testmachine`: incorrect Username or Password",
            server.url()
        )
    );
    assert!(!format!("{error:?}").contains("wr0ng"));
    let mut command = Command::with(&server.url(), &[("machine_id", "nobody")]);
    assert_eq!(command.insert("1.2.3.4").unwrap_err().kind(), ErrorKind::Denied);
}

#[test]
fn the_credentials_of_crowdsec_itself_work() {
    let server = server_or_return!();
    let path = server.folder.path().join("local_api_credentials.yaml");
    let own =
        [("url", ""), ("machine_id", ""), ("password", ""), ("credentials_path", path.to_str().unwrap())];
    let mut command = Command::with("", &own);
    command.backend.probe().unwrap();
    std::fs::write(&path, format!("url: {}\nlogin: testmachine\npassword: wr0ng\n", server.url())).unwrap();
    let error = Command::with("", &own).backend.probe().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Denied, "credentials_path"));
}

#[test]
fn a_server_that_is_down_is_said() {
    let url = format!("http://127.0.0.1:{}", free_port());
    let mut command = Command::at(&url);
    for error in [
        command.backend.probe().unwrap_err(),
        command.insert("1.2.3.4").unwrap_err(),
        command.backend.delete_all().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.message(), format!("cannot reach the LAPI at {url}: connection refused"));
    }
    assert!(open_with(host(), &url, &[]).is_ok(), "init connects to nothing");
}

fn stranger_says(answer: &'static [u8]) -> Error {
    Command::at(&format!("http://127.0.0.1:{}", stranger(answer))).backend.probe().unwrap_err()
}

#[test]
fn an_answer_that_says_no_is_shown_in_one_line_without_secrets() {
    let body = br#"{"message":"disk\nfull of s3cret-of-the-machine"}"#;
    let answer = format!(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        body.len(),
        String::from_utf8_lossy(body)
    );
    let error = stranger_says(answer.leak().as_bytes());
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.message().ends_with("answers 500 to `POST /v1/watchers/login`: disk full of ***"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains(PASSWORD));
}

#[test]
fn what_is_no_lapi_is_said() {
    for answer in [
        b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>hi</html>".as_slice(),
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found",
        b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let error = stranger_says(answer);
        let said = (error.kind(), error.message().contains("is not a LAPI's"));
        assert!(said == (ErrorKind::Internal, true) || error.message().contains("broke off"), "{error}");
    }
}

#[test]
fn a_silent_server_is_not_waited_for_for_ever() {
    let url = format!("http://127.0.0.1:{}", stranger(b""));
    let error = Command::with(&url, &[("timeout", "200ms")]).backend.probe().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().ends_with("does not answer to `POST /v1/watchers/login`"), "{error}");
    assert!(error.hint().contains("timeout"));
}

#[test]
fn one_token_serves_all_calls_and_a_dead_one_is_replaced() {
    let mut server = server_or_return!();
    let mut command = Command::on(&server);
    command.insert("1.2.3.4").unwrap();
    command.backend.flush().unwrap();
    command.targets();
    assert_eq!(server.requests("POST /v1/watchers/login"), 1);
    // A new process has a new secret: tokens of the old one are refused, as those that have expired.
    server.kill();
    assert!(server.run());
    command.insert("1.2.3.5").unwrap();
    server.kill();
    assert!(server.run());
    command.backend.flush().unwrap();
    assert_eq!(server.values(), ["1.2.3.4", "1.2.3.5"]);
    assert!(server.requests("HTTP/1.1 401") >= 2, "the dead token was tried");
    assert_eq!(command.targets(), ["1.2.3.4", "1.2.3.5"]);
}

const YES: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
const LOGIN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"token\":\"x\"}";

/// Why a command fails on a server that logs in and then answers without end.
fn endless_says(start: &str, again: &'static str) -> Error {
    let start = format!("{YES}{start}").leak();
    Command::at(&format!("http://127.0.0.1:{}", endless(&[LOGIN], start, again))).backend.probe().unwrap_err()
}

#[test]
fn an_answer_without_end_is_an_error() {
    let token = format!("{YES}{{\"token\":\"").leak();
    let url = format!("http://127.0.0.1:{}", endless(&[], token, "x"));
    let error = Command::at(&url).backend.probe().unwrap_err();
    assert!(error.message().ends_with("is not a LAPI's: it has more than 64 KiB"), "{error}");
    let scenario = endless_says("[{\"scenario\":\"", "x");
    assert!(scenario.message().ends_with("it has a text of more than 1 MiB"), "{scenario}");
    let deep = endless_says("[{\"events\":", "[");
    assert!(deep.message().ends_with("it has lists in one another without end"), "{deep}");
}

#[test]
fn an_end_whose_answer_has_none_is_taken() {
    let alert =
        r#"[{"id":1,"decisions":[{"id":2,"duration":"1h","scope":"Ip","type":"ban","value":"1.2.3.4"}]}]"#;
    let list = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{alert}", alert.len()).leak();
    let answers = vec![LOGIN, &*list].leak();
    let mut command = Command::at(&format!("http://127.0.0.1:{}", endless(answers, YES, "x")));
    assert_eq!(command.delete("1.2.3.4"), 1);
}
