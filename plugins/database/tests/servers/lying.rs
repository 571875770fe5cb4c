//! Servers that answer what no server should: an error of the backend, whatever they say.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use warden_plugin::{Error, ErrorKind};

use crate::shop::Shop;

const SECRET: &str = "hunter2-very-secret";

/// A server that greets every client, and answers all that it hears, each with the same bytes; when they end, the last.
fn lying(greeting: Vec<u8>, answers: Vec<Vec<u8>>) -> u16 {
    lying_for_ever(greeting, answers, Vec::new())
}

/// The same; behind the last answer it sends `endless` again and again.
fn lying_for_ever(greeting: Vec<u8>, answers: Vec<Vec<u8>>, endless: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (greeting, answers, endless) = (greeting.clone(), answers.clone(), endless.clone());
            std::thread::spawn(move || lie(client, &greeting, &answers, &endless));
        }
    });
    port
}

fn lie(mut client: TcpStream, greeting: &[u8], answers: &[Vec<u8>], endless: &[u8]) {
    let mut buffer = [0; 8192];
    let _ = client.write_all(greeting);
    for turn in 0.. {
        let Ok(count @ 1..) = client.read(&mut buffer) else { return };
        let said = &buffer[..count];
        assert!(!said.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "the password");
        if client.write_all(&answers[answers.len().min(turn + 1) - 1]).is_err() {
            return;
        }
        while !endless.is_empty() && turn + 1 >= answers.len() {
            if client.write_all(endless).is_err() {
                return;
            }
        }
    }
}

/// Why a list fails on such a server.
fn failure(engine: &str, port: u16, more: &[(&str, &str)]) -> Error {
    let port = port.to_string();
    let pairs = [
        ("type", engine),
        ("db_host", "127.0.0.1"),
        ("db_port", &*port),
        ("db_username", "warden"),
        ("db_password", SECRET),
        ("db_name", "warden"),
    ];
    let mut shop = Shop::sqlite().with(&pairs).with(more);
    shop.pairs.retain(|(key, _)| key != "db_path");
    shop.try_list().unwrap_err()
}

/// Version, thread, eight bytes of salt, capabilities (4.1, no TLS, plugins), character set, status, capabilities,
/// length of the salt, ten of nothing, the rest of the salt, and how to log in.
const GREETING: &[u8] = b"\x0a5.7.0\0\x01\0\0\0saltsalt\0\x00\x82\x2d\x02\0\x08\0\x15\0\0\0\0\0\0\0\0\0\0\
    saltsaltsalt\0mysql_native_password\0";
const OK: &[u8] = b"\0\0\0\x02\0\0\0";

/// A packet of MySQL.
fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&length[..3], &[number], payload].concat()
}

#[test]
fn a_count_of_columns_that_no_table_has_is_an_error() {
    for count in [&b"\xfd\xff\xff\xff"[..], b"\xfe\0\0\0\x10\0\0\0\0", b"\xfe\xff\xff\xff\xff\xff\0\0\0"] {
        let port = lying(packet(0, GREETING), vec![packet(2, OK), packet(1, count)]);
        let error = failure("mysql", port, &[("tls", "disable")]);
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.message());
        assert!(error.message().contains("more columns than any table has"), "{}", error.message());
    }
}

#[test]
fn a_login_in_clear_text_is_refused() {
    let port = lying(packet(0, GREETING), vec![packet(2, b"\xfemysql_clear_password\0")]);
    let error = failure("mysql", port, &[("tls", "prefer")]);
    assert_eq!((error.kind(), error.key()), (ErrorKind::Denied, "db_username"), "{}", error.message());
    let said = "the server asks for the password with `mysql_clear_password`, which is refused";
    assert!(error.message().ends_with(said), "{}", error.message());
}

/// Logged in, without more ado; ready.
const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
const ROW_OF_2_GB: &[u8] = b"D\x7f\xff\xff\xff";

#[test]
fn a_message_that_no_memory_holds_is_an_error() {
    for answers in [vec![WELCOME.to_vec(), ROW_OF_2_GB.to_vec()], vec![ROW_OF_2_GB.to_vec()]] {
        let error = failure("postgres", lying(Vec::new(), answers), &[("tls", "disable")]);
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.message());
        let said = "the server announces a message of 2147483647 bytes";
        assert!(error.message().contains(said), "{}", error.message());
    }
}

#[test]
fn a_password_in_clear_text_is_sent_only_where_the_user_wants_no_tls() {
    let answers = vec![b"N".to_vec(), b"R\0\0\0\x08\0\0\0\x03".to_vec()];
    let error = failure("postgres", lying(Vec::new(), answers), &[("tls", "prefer")]);
    assert_eq!((error.kind(), error.key()), (ErrorKind::Denied, "tls"), "{}", error.message());
    assert!(error.message().contains("in clear text, without TLS"), "{}", error.message());
}

const ENDLESS: &str = "the server goes on sending rows behind the first 64 MiB";

#[test]
fn rows_of_mysql_without_end_are_an_error() {
    // One column, which is a text; the end of the columns.
    let column = b"\x03def\0\0\0\x01a\0\x0c\x2d\0\xff\xff\0\0\xfd\0\0\0\0\0";
    let head = [packet(1, b"\x01"), packet(2, column), packet(3, b"\xfe\0\0\x02\0")].concat();
    let row = [&b"\xfc\xff\xff"[..], &vec![b'x'; 65_535]].concat();
    let numbers = (4..=u8::MAX).chain(0..4);
    let rows = numbers.flat_map(|number| packet(number, &row)).collect();
    let port = lying_for_ever(packet(0, GREETING), vec![packet(2, OK), head], rows);
    let error = failure("mysql", port, &[("tls", "disable")]);
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.message());
    assert!(error.message().contains(ENDLESS), "{}", error.message());
}

#[test]
fn rows_of_postgresql_without_end_are_an_error() {
    // One column, which is a text.
    let column = b"a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\x01";
    let length = u32::try_from(4 + 2 + column.len()).unwrap().to_be_bytes();
    let head = [&b"T"[..], &length, &[0, 1], column].concat();
    let row = [&b"D\0\x01\0\x0a\0\x01\0\x01\0\0"[..], &vec![b'x'; 65_536]].concat();
    let port = lying_for_ever(Vec::new(), vec![WELCOME.to_vec(), head], row);
    let error = failure("postgres", port, &[("tls", "disable")]);
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.message());
    assert!(error.message().contains(ENDLESS), "{}", error.message());
}
