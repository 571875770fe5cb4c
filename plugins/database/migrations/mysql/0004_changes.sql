-- What each command did to the bans, so that the last one can be taken back. The bans that it made and those that it ended
-- carry its mark. CrowdSec v0.3.7 and an older warden name the columns that they write: theirs carry none.
CREATE TABLE IF NOT EXISTS warden_changes (
  id bigint NOT NULL AUTO_INCREMENT, -- grows: the last change has the highest
  at_us bigint NOT NULL,             -- microseconds since the epoch
  command longtext NOT NULL, actor longtext NOT NULL,
  added bigint NOT NULL,             -- bans that it made and did not end again
  ended bigint NOT NULL,             -- bans of others that it ended
  mark bigint NOT NULL,              -- a random number, also that of its transaction
  last_ban bigint NOT NULL,          -- no ban had a higher id when it was done
  undoes bigint DEFAULT NULL,        -- the change that it took back; NULL: it is no undo
  PRIMARY KEY (id), UNIQUE KEY warden_changes_by_mark (mark), UNIQUE KEY warden_changes_by_undone (undoes)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

ALTER TABLE ban_applications ADD COLUMN warden_made bigint DEFAULT NULL;
ALTER TABLE ban_applications ADD COLUMN warden_ended bigint DEFAULT NULL;

CREATE INDEX warden_bans_made ON ban_applications (warden_made);
CREATE INDEX warden_bans_ended ON ban_applications (warden_ended);

UPDATE warden_schema SET version = 4 WHERE version < 4;
