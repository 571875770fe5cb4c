//! The files of a server's folder.

use std::fs;
use std::path::Path;

use super::server::{MACHINE, PASSWORD, Tls, url};

/// Writes them; the database is not among them.
pub fn prepare(folder: &Path, port: u16, tls: Option<&Tls<'_>>) {
    for name in ["data", "hub", "log", "notifications", "plugins"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    put("config.yaml", &configuration(folder.to_str().unwrap(), port, tls));
    put("simulation.yaml", "simulation: false\n");
    put("profiles.yaml", PROFILE);
    put("hub/.index.json", "{}\n");
    let login = format!("url: {}\nlogin: {MACHINE}\npassword: {PASSWORD}\n", url(port, tls.is_some()));
    put("local_api_credentials.yaml", &login);
}

const PROFILE: &str = "\
name: default_ip_remediation
filters:
 - Alert.Remediation == true && Alert.GetScope() == \"Ip\"
decisions:
 - type: ban
   duration: 4h
on_success: break
";

fn configuration(dir: &str, port: u16, tls: Option<&Tls<'_>>) -> String {
    let tls = tls.map_or_else(String::new, |tls| {
        let (certificate, key) = (tls.certificate.display(), tls.key.display());
        format!("\n    tls:\n      cert_file: {certificate}\n      key_file: {key}")
    });
    // Its client does not check the certificate: what is tested is ours.
    format!(
        "\
common:
  daemonize: false
  log_media: file
  log_level: info
  log_dir: {dir}/log
  working_dir: .
config_paths:
  config_dir: {dir}/
  data_dir: {dir}/data/
  simulation_path: {dir}/simulation.yaml
  hub_dir: {dir}/hub/
  index_path: {dir}/hub/.index.json
  notification_dir: {dir}/notifications/
  plugin_dir: {dir}/plugins/
cscli:
  output: human
  color: \"no\"
db_config:
  log_level: info
  type: sqlite
  db_path: {dir}/data/crowdsec.db
  use_wal: true
plugin_config:
  user: nobody
  group: nogroup
api:
  client:
    insecure_skip_verify: true
    credentials_path: {dir}/local_api_credentials.yaml
  server:
    log_level: info
    listen_uri: 127.0.0.1:{port}
    profiles_path: {dir}/profiles.yaml
    trusted_ips: [127.0.0.1, \"::1\"]{tls}
prometheus:
  enabled: false
"
    )
}
