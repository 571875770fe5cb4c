//! What each format reads, and what it says of bad input.

use proptest::prelude::*;
use warden_plugin::Target;

use super::*;
use crate::action::Actions;
use crate::duration::BanDuration;
use crate::instant::Instant;

fn now() -> Instant {
    Instant::from_micros(1_700_000_000_000_000)
}

/// What is read, a line a record.
fn read_as(format: Format, bytes: &[u8]) -> String {
    let mut input = Input::of(bytes).unwrap();
    let actions = Actions::of_v03();
    let mut said = Vec::new();
    let result = read(format, &mut input, &mut |fields| {
        said.push(match fields {
            Ok(fields) => match check(&fields, &actions, now()) {
                Ok(checked) => shown_record(&checked),
                Err(fault) => format!("{fault}"),
            },
            Err(fault) => format!("{fault}"),
        });
        Ok(())
    });
    if let Err(stop) = result {
        said.push(match stop {
            Stop::Fault(fault) => format!("stop: {fault}"),
            other => format!("stop: {other:?}"),
        });
    }
    said.join("\n")
}

fn shown_record(checked: &Checked<'_>) -> String {
    let Checked::Ban(record) = checked else { return format!("{checked:?}") };
    let end = match record.end {
        None => "default".to_owned(),
        Some(End::For(duration)) => duration.to_string(),
        Some(End::At(Instant::FOREVER)) => "for ever".to_owned(),
        Some(End::At(at)) => at.rfc3339_utc().as_str().to_owned(),
    };
    let Record { target, reason, action, source, country, as_number, as_name, .. } = record;
    let system = if *as_number == 0 { String::new() } else { format!("AS{as_number}") };
    let mut said = format!("{target} {end}");
    for word in [reason, &**action, source, country, system.as_str(), as_name] {
        if !word.is_empty() {
            said.extend(["; ", word]);
        }
    }
    said
}

fn detected(bytes: &[u8]) -> String {
    let format = Input::of(bytes).unwrap().detect().unwrap();
    format!("{}\n{}", format.name(), read_as(format, bytes))
}

#[test]
fn plain_values_have_comments_and_blank_lines() {
    insta::assert_snapshot!(detected(b"\xef\xbb\xbf# a list\r\n1.2.3.4\r\n\r\n  2001:DB8::1  # why\r\n1.2.3.77/24"), @r"
    plain
    1.2.3.4 default
    2001:db8::1 default
    1.2.3.0/24 default
    ");
}

#[test]
fn a_bad_line_has_its_place_and_the_next_is_read() {
    insta::assert_snapshot!(read_as(Format::Plain, b"1.2.3.4\n  1.2.3.400\nexample.org # x\n1.2.3.4 5.6.7.8\n\xc3\xa9 \xff\n9.9.9.9"), @r"
    1.2.3.4 default
    line 2, column 3: `1.2.3.400` is not an address or a CIDR range: it is neither IPv4 nor IPv6
    line 3, column 1: `example.org` is not an address or a CIDR range: it is neither IPv4 nor IPv6
    line 4, column 1: `1.2.3.4 5.6.7.8` is not an address or a CIDR range: it contains white space
    line 5, column 3: this is not UTF-8 text
    9.9.9.9 default
    ");
}

#[test]
fn ten_megabytes_in_one_line_are_one_bad_line() {
    let mut text = vec![b'1'; 10 << 20];
    text.extend_from_slice(b"\n1.2.3.4\n");
    for format in [Format::Plain, Format::Csv] {
        let said = read_as(format, &text);
        assert!(said.contains("line 1, column 1: the line is longer than 65536 bytes"), "{said}");
    }
    let jsonl = [b"{\"value\":\"".as_slice(), &text[..10 << 20], b"\"}\n{\"value\":\"1.2.3.4\"}"].concat();
    assert_eq!(
        read_as(Format::Jsonl, &jsonl),
        "line 1, column 1: the line is longer than 1048576 bytes\n1.2.3.4 default"
    );
    let json = [b"[\n {\"value\":\"".as_slice(), &text[..10 << 20], b"\"}]"].concat();
    assert_eq!(
        read_as(Format::Json, &json),
        "stop: line 2, column 2: the element is longer than 8388608 bytes"
    );
}

#[test]
fn csv_has_its_columns_in_any_order() {
    insta::assert_snapshot!(detected(b"\xef\xbb\xbf# of today\r\nreason,Duration,\"ip\",type,origin,cn,as,events\r\n\"a, \"\"b\"\"\",4h,1.2.3.4,captcha,me,FR,16276 OVH SAS,7\r\n\r\n,,1.2.3.0/24,,,,,\r\n\"two\nlines\",permanent,::1,ban,x,,AS5,"), @r#"
    csv
    1.2.3.4 4h0m0s; a, "b"; captcha; me; FR; AS16276; OVH SAS
    1.2.3.0/24 default
    ::1 permanent; two
    lines; ban; x; AS5
    "#);
}

#[test]
fn a_wrong_header_is_refused_with_its_place() {
    let header = |line: &str| read_as(Format::Csv, format!("{line}\n1.2.3.4,4h\n").as_bytes());
    insta::assert_snapshot!(
        ["1.2.3.4,4h", "duration,reason", "value,duration,ip", "value,value", "value,duraton", "value,colour", "value,\"x", "val\"ue,x"]
            .map(header).join("\n"), @r"
    stop: line 1, column 1: the header is missing: the first line must name the columns
    stop: line 1, column 1: no column names the target
    stop: line 1, column 16: column `ip` stands for the same as one before it
    stop: line 1, column 7: column `value` stands for the same as one before it
    stop: line 1, column 7: unknown column `duraton`
    stop: line 1, column 7: unknown column `colour`
    stop: line 1, column 7: the quote that opens here is never closed
    stop: line 1, column 4: a quote inside a field
    ");
}

#[test]
fn a_stray_quote_or_a_missing_field_is_one_bad_record() {
    insta::assert_snapshot!(read_as(Format::Csv, b"value,reason\n1.1.1.1,say \"x\"\n2.2.2.2,\"x\"y\n3.3.3.3\n4.4.4.4,a,b\n5.5.5.5,ok\n6.6.6.6,\"open\n7.7.7.7,x"), @r"
    line 2, column 13: a quote inside a field
    line 3, column 12: text after the quote that ends the field
    line 4, column 1: 1 field, where the header has 2
    line 5, column 1: 3 fields, where the header has 2
    5.5.5.5 default; ok
    line 7, column 9: the quote that opens here is never closed
    7.7.7.7 default; x
    ");
}

#[test]
fn wardens_own_lists_come_back() {
    let array = br#"[
 {
  "action": "ban",
  "as": " ",
  "bancount": "1",
  "cn": "",
  "events_count": "1",
  "iptext": "1.2.3.4",
  "reason": "scan",
  "scenario": "scan",
  "source": "cli",
  "until": "3h59m58s",
  "start_at": "2026-11-24T02:14:27Z",
  "until_at": "2026-11-24T06:14:27.5Z",
  "backend": "database"
 },
 {"action": "ban", "as": "5 X Y", "asnum": "5", "cn": "DE", "iptext": "::1", "reason": "", "scenario": "?", "source": "list:a", "until": "2562047h47m16s", "until_at": null},
 {"iptext": "1.1.1.1", "until": "-5s"},
 {"iptext": "1.1.1.1", "until": "0s", "until_at": null}
]"#;
    insta::assert_snapshot!(detected(array), @r"
    json
    1.2.3.4 2026-11-24T06:14:27.5Z; scan; ban; cli
    ::1 for ever; ban; list:a; DE; AS5; X Y
    Expired
    Expired
    ");
    let lines = b"{\"iptext\":\"1.2.3.4\",\"until\":\"1h0m0s\"}\r\n\r\n{\"iptext\":\"::1\",\"reason\":5}\n";
    insta::assert_snapshot!(detected(lines), @r"
    jsonl
    1.2.3.4 2023-11-14T23:13:20Z
    ::1 default; 5
    ");
    insta::assert_snapshot!(detected(b"source,ip,reason,bans,action,country,as,events_count,expiration\ncli,1.2.3.4,\"a, b\",1,ban,FR,5 X,1,1h0m0s\n"), @r"
    csv
    1.2.3.4 2023-11-14T23:13:20Z; a, b; ban; cli; FR; AS5; X
    ");
}

#[test]
fn crowdsecs_alerts_and_import_files_are_read() {
    let alerts = br#"[{"capacity":0,"decisions":[{"duration":"3h59m59.17325509s","id":1,"origin":"cscli","scenario":"manual ban","scope":"Ip","simulated":false,"type":"ban","value":"1.2.3.4"},
     {"duration":"-10s","origin":"cscli","scope":"Ip","type":"ban","value":"1.2.3.5"},
     {"duration":"1h","origin":"cscli","scope":"Ip","simulated":true,"type":"ban","value":"1.2.3.6"}],
     "events":null,"labels":null,"scenario":"x","source":{"as_name":"OVH","as_number":"16276","cn":"FR","ip":"1.2.3.4","scope":"Ip","value":"1.2.3.4"}},
     {"decisions":null},{"decisions":[{"duration":"1h","scope":"Country","value":"FR"}]}]"#;
    insta::assert_snapshot!(read_as(Format::Json, alerts), @r"
    1.2.3.4 2023-11-15T02:13:19.173255Z; manual ban; ban; cscli; FR; AS16276; OVH
    Expired
    Simulated
    line 5, column 82: `FR` is not an address or a CIDR range: it is neither IPv4 nor IPv6
    ");
    let import =
        br#"[{"duration":"4h","scope":"ip","value":"1.2.3.4","origin":"me","type":"captcha","reason":"r"}]"#;
    assert_eq!(read_as(Format::Json, import), "1.2.3.4 4h0m0s; r; captcha; me");
    assert_eq!(read_as(Format::Csv, b"duration,scope,value\n24h,ip,1.2.3.4\n"), "1.2.3.4 24h0m0s");
    assert_eq!(read_as(Format::Csv, b"id,source,ip\n1,cscli,Ip:1.2.3.4\n"), "1.2.3.4 default; cscli");
    assert_eq!(read_as(Format::Json, b"null\n"), "");
}

#[test]
fn an_alert_of_any_size_is_streamed() {
    let decision =
        |i: u32| format!(r#"{{"duration":"1h","scope":"Ip","value":"1.2.{}.{}"}}"#, i / 256, i % 256);
    let decisions: Vec<_> = (0..60_000).map(decision).collect();
    let text =
        format!(r#"[{{"decisions":[{}],"source":{{"value":"1.2.0.0","cn":"FR"}}}}]"#, decisions.join(",\n"));
    let said = read_as(Format::Json, text.as_bytes());
    assert_eq!(said.lines().count(), 60_000);
    assert!(said.starts_with("1.2.0.0 2023"), "{}", &said[..100]);
}

#[test]
fn json_that_is_wrong_is_refused_with_its_place() {
    let json = |text: &str| format!("{text:<30} {}", read_as(Format::Json, text.as_bytes()));
    insta::assert_snapshot!(
        ["", "[", "[{\"value\":\"1.2.3.4\"}", "[{\"value\":\"1.2.3.4\"},\n{\"va", "[]x", "[{,}]", "\"x\"", "[5, null]", "{}"]
            .map(json).join("\n"), @r#"
                                   stop: line 1, column 1: the document is cut off: it ends in the middle
    [                              stop: line 1, column 1: the document is cut off: it ends in the middle
    [{"value":"1.2.3.4"}           1.2.3.4 default
    stop: line 1, column 20: the document is cut off: it ends in the middle
    [{"value":"1.2.3.4"},
    {"va     1.2.3.4 default
    stop: line 2, column 4: the document is cut off: it ends in the middle
    []x                            stop: line 1, column 3: this is not JSON: trailing characters
    [{,}]                          stop: line 1, column 4: this is not JSON: key must be a string
    "x"                            stop: line 1, column 3: this is not a list of bans: invalid type: string "x", expected an array of bans
    [5, null]                      line 1, column 3: a number, where an object was expected
    line 1, column 8: `null`, where an object was expected
    {}                             line 1, column 1: there is no target
    "#);
    insta::assert_snapshot!(read_as(Format::Json, b"[\n  {\"value\": \"1.2.3.4\", \"duration\": 4},\n  {\"value\": \"x\", \"duraton\": \"4h\"}, {\"ip\": \"::1\", \"value\": \"::2\"}, {\"value\": []}]"), @r"
    line 2, column 36: `4` has no unit
    line 3, column 26: unknown key `duraton`
    line 3, column 59: `value` is given twice
    line 3, column 77: `value` is an array, not a text
    ");
}

#[test]
fn a_bad_json_line_does_not_stop_the_others() {
    insta::assert_snapshot!(read_as(Format::Jsonl, b"{\"value\":\"1.2.3.4\"\n{\"value\":\"1.2.3.4\"} {}\n[]\n  {\"value\":\"::1\",\"until_at\":\"tomorrow\"}\n{\"value\":\"::2\"}"), @r"
    line 1, column 18: the document is cut off: it ends in the middle
    line 2, column 21: this is not JSON: trailing characters
    line 3, column 2: an array, where an object was expected
    line 4, column 29: `tomorrow` is not a time
    ::2 default
    ");
}

#[test]
fn durations_and_times_of_every_bad_kind_are_refused() {
    let end = |key: &str, text: &str| {
        let csv = format!("value,{key}\n1.2.3.4,\"{text}\"\n");
        format!("{key} {text}: {}", read_as(Format::Csv, csv.as_bytes()))
    };
    let mut said = Vec::new();
    for text in ["4", "-1h", "0s", "1M", "5x", "forever", "1e3h", "9999999999999h", "24:00", " "] {
        said.push(end("duration", text));
    }
    for text in [
        "4h",
        "-4h",
        "0s",
        "2562047h47m16s",
        "permanent",
        "-x",
        "x",
        "2020-01-01",
        "2030-02-30",
        "2030-01-01T00:00:00Z",
        "99999-01-01",
    ] {
        said.push(end("until", text));
    }
    for text in ["4h", "2030-01-01 25:00", "2020-01-01T00:00:00Z", "2030-01-01T00:00:00+02:00"] {
        said.push(end("until_at", text));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    duration 4: line 2, column 9: `4` has no unit
    duration -1h: line 2, column 9: `-1h` is negative
    duration 0s: line 2, column 9: `0s` is too short: a ban must be longer than zero
    duration 1M: line 2, column 9: `1M` may mean minutes or months
    duration 5x: line 2, column 9: `5x` has an unknown unit `x`
    duration forever: line 2, column 9: `forever` is not a duration
    duration 1e3h: line 2, column 9: `1e3h` has an unknown unit `e`
    duration 9999999999999h: line 2, column 9: `9999999999999h` is too long: 2562047h47m16s is the longest, some 292 years
    duration 24:00: line 2, column 9: `24:00` has no unit
    duration  : 1.2.3.4 default
    until 4h: 1.2.3.4 2023-11-15T02:13:20Z
    until -4h: Expired
    until 0s: Expired
    until 2562047h47m16s: 1.2.3.4 for ever
    until permanent: 1.2.3.4 for ever
    until -x: line 2, column 9: `-x` is not a time
    until x: line 2, column 9: `x` is not a duration
    until 2020-01-01: Expired
    until 2030-02-30: line 2, column 9: `2030-02-30` names a day or a time of day that does not exist
    until 2030-01-01T00:00:00Z: 1.2.3.4 2030-01-01T00:00:00Z
    until 99999-01-01: line 2, column 9: `99999-01-01` is not a time
    until_at 4h: line 2, column 9: `4h` does not say whether before or after now
    until_at 2030-01-01 25:00: line 2, column 9: `2030-01-01 25:00` names a day or a time of day that does not exist
    until_at 2020-01-01T00:00:00Z: Expired
    until_at 2030-01-01T00:00:00+02:00: 1.2.3.4 2029-12-31T22:00:00Z
    ");
}

#[test]
fn a_line_of_a_fuzzer_is_counted() {
    assert_eq!(digest(b"1.2.3.4\nx\n", None, now()), (2, 1));
    assert_eq!(digest(b"[{]", None, now()), (0, 1));
}

prop_compose! {
    fn record()(bits: u32, length in 0_u8..=32, hours in 1_u64..10_000, reason in "[ -~é\"\n,]{0,12}", source in "[a-z]{0,5}")
        -> (String, u64, String, String) {
        let target = Target::parse(&format!("{}/{length}", std::net::Ipv4Addr::from(bits))).unwrap();
        (target.to_string(), hours, reason.trim().to_owned(), source)
    }
}

/// What the records of a format must come to.
fn expected(records: &[(String, u64, String, String)]) -> String {
    let shown: Vec<_> = (records.iter())
        .map(|(target, hours, reason, source)| {
            let target = Target::parse(target).unwrap();
            let record = Record {
                target,
                host_bits_cut: false,
                end: Some(End::For(format!("{hours}h").parse::<BanDuration>().unwrap())),
                reason,
                action: "".into(),
                source,
                country: "",
                as_number: 0,
                as_name: "",
            };
            shown_record(&Checked::Ban(record))
        })
        .collect();
    shown.join("\n")
}

proptest! {
    #[test]
    fn what_is_written_as_csv_json_or_lines_is_read_back(records in prop::collection::vec(record(), 0..20)) {
        let (mut csv, mut lines, mut array) = ("source,duration,value,reason\n".to_owned(), String::new(), Vec::new());
        for (target, hours, reason, source) in &records {
            let quoted = reason.replace('"', "\"\"");
            csv.extend([source, ",", &hours.to_string(), "h,", target, ",\"", &quoted, "\"\n"]);
            let object = serde_json::json!({"source": source, "duration": format!("{hours}h"), "ip": target, "reason": reason});
            lines.extend([object.to_string().as_str(), "\n"]);
            array.push(object);
        }
        let pretty = serde_json::to_string_pretty(&array).unwrap();
        prop_assert_eq!(read_as(Format::Csv, csv.as_bytes()), expected(&records));
        prop_assert_eq!(read_as(Format::Jsonl, lines.as_bytes()), expected(&records));
        prop_assert_eq!(read_as(Format::Json, pretty.as_bytes()), expected(&records));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), near in "[\\[\\]{}\",:a-f0-9.\n# ]{0,80}") {
        for bytes in [bytes.as_slice(), near.as_bytes()] {
            for format in [None, Some(Format::Plain), Some(Format::Csv), Some(Format::Json), Some(Format::Jsonl)] {
                let (all, bad) = digest(bytes, format, now());
                prop_assert!(bad <= all + 1);
            }
        }
    }

    #[test]
    fn a_document_that_is_cut_is_never_taken_for_whole(records in prop::collection::vec(record(), 1..5), part in 0.0..1.0_f64) {
        let array: Vec<_> = records.iter().map(|(ip, ..)| serde_json::json!({"ip": ip})).collect();
        let text = serde_json::to_string_pretty(&array).unwrap();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a part of a length")]
        let cut = &text.as_bytes()[..(text.len() as f64 * part) as usize];
        prop_assert!(read_as(Format::Json, cut).contains("cut off"));
    }
}
