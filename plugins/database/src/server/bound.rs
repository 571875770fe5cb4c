//! How much a server may answer where the whole answer is gathered: a list of bans is not, and has no bound.

use super::fault::Fault;

/// 64 MiB: more than 400,000 bans come to, with what each costs besides its bytes.
const MOST: usize = 64 << 20;
const ROW: usize = 64;

/// What was answered so far.
#[derive(Debug, Default)]
pub struct Bound(usize);

impl Bound {
    /// Counts a row in.
    ///
    /// # Errors
    /// `Lost` when that was too much: the rest may be without end, so the connection has to go.
    pub fn add(&mut self, bytes: usize) -> Result<(), Fault> {
        self.0 = self.0.saturating_add(bytes).saturating_add(ROW);
        if self.0 > MOST {
            return Err(Fault::lost(format!(
                "the server goes on sending rows behind the first {} MiB",
                MOST >> 20
            )));
        }
        Ok(())
    }
}
