//! Stands in for `webpki-roots`, Mozilla's list of authorities, which the `mysql` crate trusts besides the configured
//! one: with `tls: verify-ca` any certificate that is sold on the web would do. Here is one authority that nobody can
//! be, since a list without any is refused.

#![no_std]

use rustls_pki_types::{Der, TrustAnchor};

/// One anchor: its key is none, so no signature is ever valid under it.
pub static TLS_SERVER_ROOTS: &[TrustAnchor<'static>] = &[TrustAnchor {
    subject: Der::from_slice(b"nobody"),
    subject_public_key_info: Der::from_slice(b""),
    name_constraints: None,
}];
