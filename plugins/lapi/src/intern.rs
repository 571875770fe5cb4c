//! Texts of which there are few, each stored once however often it comes.

use std::collections::HashSet;
use std::sync::Arc;

#[derive(Default)]
pub struct Interner {
    texts: HashSet<Arc<str>>,
    bytes: usize,
}

impl Interner {
    pub fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&new));
        self.bytes += text.len();
        new
    }

    /// How long all of them are together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
