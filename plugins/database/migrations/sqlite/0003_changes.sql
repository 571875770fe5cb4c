-- What each command did to the bans, so that the last one can be taken back. CrowdSec v0.3.7 leaves the table alone, and a
-- list never looks at it.
CREATE TABLE IF NOT EXISTS warden_changes (
  id INTEGER PRIMARY KEY,
  at_us INTEGER NOT NULL,    -- microseconds since the epoch
  command TEXT NOT NULL,
  actor TEXT NOT NULL,
  added INTEGER NOT NULL,    -- bans that it made and did not end again
  ended INTEGER NOT NULL,    -- bans of others that it ended
  first_ban INTEGER,         -- the bans that it made are those from here to last_ban; NULL: it made none
  last_ban INTEGER NOT NULL, -- no ban had a higher id when it was done
  ended_at TEXT,             -- the deleted_at of all bans that it ended, and of no others; NULL: it ended none
  undoes INTEGER             -- the change that it took back; NULL: it is no undo
);
