-- What warden looks rows up by, and what its writers meet at. CrowdSec v0.3.7 goes on writing the three tables: the
-- columns added to them are computed by the server and stored nowhere but in their index.

-- A row for each lock that a writer holds until its transaction ends; a target's row is known by its hash. In a
-- cluster, where no lock reaches another node, two writers of one row are a conflict that only one of them survives.
-- `writers` are the marks of the last 32 transactions: by its own, a writer whose connection broke in the commit finds
-- out whether it was made.
CREATE TABLE IF NOT EXISTS warden_slots (
  slot smallint unsigned NOT NULL, writers varchar(512) CHARACTER SET ascii NOT NULL, PRIMARY KEY (slot)
) ENGINE=InnoDB;

-- 1 for a ban whose text may be another spelling of its target: all that are, and few others. What an IPv4 range means
-- is in start_ip; an IPv6 range is taken for canonical when it ends in `::/n` and none of its groups lies behind the
-- prefix.
ALTER TABLE ban_applications ADD COLUMN warden_misspelt tinyint GENERATED ALWAYS AS (
  CASE
    WHEN ip_text LIKE '%/%' AND ip_text NOT REGEXP '/[0-9][0-9]?[0-9]?$' THEN 1
    WHEN ip_text LIKE '%:%' THEN
      HEX(ip_text) <> HEX(LOWER(ip_text)) OR ip_text LIKE '%.%'
      OR ip_text REGEXP '(^|:)0[0-9a-f]' OR ip_text REGEXP '(^|:)0:0(:|/|$)' OR ip_text REGEXP '(^|:)0::' OR ip_text LIKE '%::0%'
      OR ip_text LIKE '::ffff:%'
      OR (ip_text LIKE '%::%' AND ip_text LIKE '%:%:%:%:%:%:%:%')
      OR ip_text LIKE '%/128'
      OR (ip_text LIKE '%/%' AND (ip_text NOT LIKE '%::/%'
        OR CHAR_LENGTH(ip_text) - CHAR_LENGTH(REPLACE(ip_text, ':', '')) > FLOOR(SUBSTRING_INDEX(ip_text, '/', -1) / 16) + 1))
    WHEN ip_text LIKE '%/%' THEN
      ip_text LIKE '%/32' OR COALESCE(
        HEX(SUBSTRING_INDEX(ip_text, '/', 1)) <> HEX(INET_NTOA(start_ip))
        OR MOD(start_ip, POW(2, 32 - SUBSTRING_INDEX(ip_text, '/', -1))) <> 0, 1)
  END
) VIRTUAL;

-- The same for a signal.
ALTER TABLE signal_occurences ADD COLUMN warden_misspelt tinyint GENERATED ALWAYS AS (
  CASE
    WHEN source_ip LIKE '%/%' AND source_ip NOT REGEXP '/[0-9][0-9]?[0-9]?$' THEN 1
    WHEN source_ip LIKE '%:%' THEN
      HEX(source_ip) <> HEX(LOWER(source_ip)) OR source_ip LIKE '%.%'
      OR source_ip REGEXP '(^|:)0[0-9a-f]' OR source_ip REGEXP '(^|:)0:0(:|/|$)' OR source_ip REGEXP '(^|:)0::' OR source_ip LIKE '%::0%'
      OR source_ip LIKE '::ffff:%'
      OR (source_ip LIKE '%::%' AND source_ip LIKE '%:%:%:%:%:%:%:%')
      OR source_ip LIKE '%/128'
      OR (source_ip LIKE '%/%' AND (source_ip NOT LIKE '%::/%'
        OR CHAR_LENGTH(source_ip) - CHAR_LENGTH(REPLACE(source_ip, ':', '')) > FLOOR(SUBSTRING_INDEX(source_ip, '/', -1) / 16) + 1))
    WHEN source_ip LIKE '%/%' THEN
      NOT (source_ip LIKE '%.0/24' OR source_ip LIKE '%.0.0/16' OR source_ip LIKE '%.0.0.0/8')
  END
) VIRTUAL;

-- add, del and check: by the canonical text of the target.
CREATE INDEX warden_bans_by_target ON ban_applications (ip_text, deleted_at);

-- A list and the end of those whose time is over.
CREATE INDEX warden_bans_by_end ON ban_applications (deleted_at, until);

-- The few in other spellings.
CREATE INDEX warden_bans_misspelt ON ban_applications (warden_misspelt, deleted_at, ip_text);
CREATE INDEX warden_signals_misspelt ON signal_occurences (warden_misspelt, source_ip, stop_at, events_count);

-- bancount and events_count: one seek a row.
CREATE INDEX warden_signals_by_target ON signal_occurences (source_ip, stop_at, events_count);

-- Retention: what a signal leaves behind.
CREATE INDEX warden_bans_by_signal ON ban_applications (signal_occurence_id);
CREATE INDEX warden_events_by_signal ON event_sequences (signal_occurence_id);
