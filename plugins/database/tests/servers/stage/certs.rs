//! An authority and certificates, made on the spot by the `openssl` command.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{available, program};

/// A folder of certificates: `ca.pem`, `other-ca.pem`, and for each name `NAME.pem` and `NAME.key`, which the users of
/// the servers have as `USER.NAME.key`, too.
pub struct Certs(PathBuf);

impl Certs {
    /// Two authorities. `server` (for 127.0.0.1 and localhost), `stranger` (for another name) and `client` are signed
    /// by the first. `None`: there is no `openssl`.
    pub fn make(folder: &Path) -> Option<Self> {
        if !available(program("openssl").is_some(), "openssl") {
            return None;
        }
        let certs = Self(folder.to_owned());
        for (authority, name) in [("ca", "/CN=warden test"), ("other-ca", "/CN=somebody else")] {
            certs.openssl(&format!(
                "req -x509 -newkey rsa:2048 -nodes -days 2 -subj|{name}|-keyout {authority}.key -out {authority}.pem \
                 -addext keyUsage=critical,keyCertSign"
            ));
        }
        certs.sign("server", "subjectAltName=IP:127.0.0.1,DNS:localhost");
        certs.sign("stranger", "subjectAltName=DNS:db.example.org");
        certs.sign("client", "extendedKeyUsage=clientAuth");
        Some(certs)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn sign(&self, name: &str, extension: &str) {
        std::fs::write(self.0.join("extension"), extension).unwrap();
        self.openssl(&format!(
            "req -newkey rsa:2048 -nodes -subj|/CN={name}|-keyout {name}.key -out {name}.csr"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extension -out {name}.pem"
        ));
        for user in ["mysql", "postgres"] {
            std::fs::copy(self.path(&format!("{name}.key")), self.path(&format!("{user}.{name}.key")))
                .unwrap();
        }
    }

    /// Words are apart by spaces; `|` keeps the spaces of one.
    fn openssl(&self, line: &str) {
        let mut words = Vec::new();
        for (number, part) in line.split('|').enumerate() {
            if number % 2 == 1 {
                words.push(part);
            } else {
                words.extend(part.split_whitespace());
            }
        }
        let output = Command::new("openssl").current_dir(&self.0).args(words).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
