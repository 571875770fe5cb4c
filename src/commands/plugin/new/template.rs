//! The files of a new plugin. They are parts of this repository, so that what is built and tested here is what a new
//! plugin begins with; `@NAME@` stands for its name.

use super::Lang;

/// A file of a new plugin.
pub struct File {
    /// Where, in the plugin's folder.
    pub path: &'static str,
    /// What is in it.
    pub text: &'static str,
}

macro_rules! files {
    ($($path:literal = $source:literal)*) => {
        &[$(File { path: $path, text: include_str!(concat!("../../../../plugins/", $source)) }),*]
    };
}

/// The files of a new plugin in a language.
pub fn files(lang: Lang) -> &'static [File] {
    match lang {
        Lang::Rust => RUST,
        Lang::C => C,
        Lang::Go => GO,
    }
}

const C: &[File] = files! {
    "@NAME@.c" = "templates/c/plugin.c"
    "@NAME@.yaml" = "templates/c/backend.yaml"
    "Makefile" = "templates/c/Makefile"
    "warden_plugin.h" = "api/include/warden_plugin.h"
};

const GO: &[File] = files! {
    "@NAME@.go" = "templates/go/plugin.go"
    "@NAME@.yaml" = "templates/go/backend.yaml"
    "Makefile" = "templates/go/Makefile"
    "go.mod" = "templates/go/go.mod.in"
    "warden.go" = "templates/go/warden.go.in"
    "warden/go.mod" = "go/go.mod"
    "warden/backend.c" = "go/backend.c"
    "warden/border.go" = "go/border.go"
    "warden/host.go" = "go/host.go"
    "warden/signal.go" = "go/signal.go"
    "warden/warden.go" = "go/warden.go"
    "warden/warden_go.h" = "go/warden_go.h"
    "warden/warden_plugin.h" = "api/include/warden_plugin.h"
    "warden/internal/sink/sink.go" = "go/internal/sink/sink.go"
    "warden/log/log.go" = "go/log/log.go"
    "warden/types/types.go" = "go/types/types.go"
};

const RUST: &[File] = files! {
    "@NAME@.yaml" = "templates/rust/backend.yaml"
    "Cargo.toml" = "templates/rust/Cargo.toml.in"
    "Makefile" = "templates/rust/Makefile"
    "src/lib.rs" = "templates/rust/lib.rs.in"
    "warden-plugin/Cargo.toml" = "templates/rust/warden-plugin.toml.in"
    "warden-plugin/include/warden_plugin.h" = "api/include/warden_plugin.h"
    "warden-plugin/src/abi.rs" = "api/src/abi.rs"
    "warden-plugin/src/backend.rs" = "api/src/backend.rs"
    "warden-plugin/src/config.rs" = "api/src/config.rs"
    "warden-plugin/src/convert.rs" = "api/src/convert.rs"
    "warden-plugin/src/convert/change.rs" = "api/src/convert/change.rs"
    "warden-plugin/src/convert/enforcement.rs" = "api/src/convert/enforcement.rs"
    "warden-plugin/src/convert/keys.rs" = "api/src/convert/keys.rs"
    "warden-plugin/src/convert/query.rs" = "api/src/convert/query.rs"
    "warden-plugin/src/convert/row.rs" = "api/src/convert/row.rs"
    "warden-plugin/src/convert/signal.rs" = "api/src/convert/signal.rs"
    "warden-plugin/src/duration.rs" = "api/src/duration.rs"
    "warden-plugin/src/error.rs" = "api/src/error.rs"
    "warden-plugin/src/export.rs" = "api/src/export.rs"
    "warden-plugin/src/filter.rs" = "api/src/filter.rs"
    "warden-plugin/src/host.rs" = "api/src/host.rs"
    "warden-plugin/src/keys.rs" = "api/src/keys.rs"
    "warden-plugin/src/lib.rs" = "api/src/lib.rs"
    "warden-plugin/src/model.rs" = "api/src/model.rs"
    "warden-plugin/src/pack.rs" = "api/src/pack.rs"
    "warden-plugin/src/shortened.rs" = "api/src/shortened.rs"
    "warden-plugin/src/target.rs" = "api/src/target.rs"
    "warden-plugin/src/targets.rs" = "api/src/targets.rs"
    "warden-plugin/src/target/text.rs" = "api/src/target/text.rs"
};
