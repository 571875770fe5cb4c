-- What warden looks rows up by. CrowdSec v0.3.7 (SQLite 3.31 or later) goes on writing the tables, so the indexes use
-- built-in functions alone, and only such as give the same answer in every version.
--
-- The microseconds since the epoch of a time as Go's driver writes it, `2026-11-24 02:14:27.3412086+00:00`: the seconds
-- by strftime without the fraction (with it, versions round differently), then six digits of the fraction. NULL for
-- any other form.

-- A list walks this one from its end: newest first without a sort.
CREATE INDEX IF NOT EXISTS warden_bans_by_creation ON ban_applications(
  strftime('%s', substr(created_at, 1, 19) || substr(created_at, -6)) * 1000000
    + CAST(substr(substr(created_at, 21, length(created_at) - 26) || '000000', 1, 6) AS INTEGER)
) WHERE deleted_at IS NULL;

-- What ended after an instant: a list of the past.
CREATE INDEX IF NOT EXISTS warden_bans_by_end ON ban_applications(
  strftime('%s', substr(deleted_at, 1, 19) || substr(deleted_at, -6)) * 1000000
    + CAST(substr(substr(deleted_at, 21, length(deleted_at) - 26) || '000000', 1, 6) AS INTEGER)
) WHERE deleted_at IS NOT NULL;

-- add, del and check: by the canonical text of the target.
CREATE INDEX IF NOT EXISTS warden_bans_by_target ON ban_applications(ip_text, deleted_at);

-- Bans whose text may be another spelling of its target: all that are, and few others. What an IPv4 range means is
-- in start_ip; an IPv6 range is taken for canonical when it ends in `::/n` and none of its groups lies behind the prefix.
CREATE INDEX IF NOT EXISTS warden_bans_misspelt ON ban_applications(deleted_at, ip_text) WHERE
  CASE
    WHEN ip_text GLOB '*:*' THEN
      ip_text GLOB '*[A-F.]*'
      OR ip_text GLOB '0[0-9a-f]*' OR ip_text GLOB '*:0[0-9a-f]*'
      OR ip_text GLOB '0:0*' OR ip_text GLOB '*:0:0*' OR ip_text GLOB '0::*' OR ip_text GLOB '*:0::*' OR ip_text GLOB '*::0*'
      OR ip_text GLOB '::ffff:*'
      OR (ip_text GLOB '*::*' AND ip_text GLOB '*:*:*:*:*:*:*:*')
      OR ip_text GLOB '*/128'
      OR (ip_text GLOB '*/*' AND (ip_text NOT GLOB '*::/*'
        OR length(ip_text) - length(replace(ip_text, ':', '')) > CAST(substr(ip_text, instr(ip_text, '/') + 1) AS INTEGER) / 16 + 1))
    WHEN ip_text GLOB '*/*' THEN
      ip_text GLOB '*/32' OR ifnull(
        ip_text = printf('%d.%d.%d.%d/%d', start_ip >> 24 & 255, start_ip >> 16 & 255, start_ip >> 8 & 255, start_ip & 255,
          CAST(substr(ip_text, instr(ip_text, '/') + 1) AS INTEGER))
        AND start_ip & ((1 << (32 - CAST(substr(ip_text, instr(ip_text, '/') + 1) AS INTEGER))) - 1) = 0, 0) = 0
    ELSE 0
  END;

-- bancount and events_count: one seek a row.
CREATE INDEX IF NOT EXISTS warden_signals_by_target ON signal_occurences(source_ip, stop_at, events_count);

-- Signals whose text may be another spelling of its target.
CREATE INDEX IF NOT EXISTS warden_signals_misspelt ON signal_occurences(source_ip, stop_at, events_count) WHERE
  CASE
    WHEN source_ip GLOB '*:*' THEN
      source_ip GLOB '*[A-F.]*'
      OR source_ip GLOB '0[0-9a-f]*' OR source_ip GLOB '*:0[0-9a-f]*'
      OR source_ip GLOB '0:0*' OR source_ip GLOB '*:0:0*' OR source_ip GLOB '0::*' OR source_ip GLOB '*:0::*' OR source_ip GLOB '*::0*'
      OR source_ip GLOB '::ffff:*'
      OR (source_ip GLOB '*::*' AND source_ip GLOB '*:*:*:*:*:*:*:*')
      OR source_ip GLOB '*/128'
      OR (source_ip GLOB '*/*' AND (source_ip NOT GLOB '*::/*'
        OR length(source_ip) - length(replace(source_ip, ':', '')) > CAST(substr(source_ip, instr(source_ip, '/') + 1) AS INTEGER) / 16 + 1))
    WHEN source_ip GLOB '*/*' THEN
      NOT (source_ip GLOB '*.0/24' OR source_ip GLOB '*.0.0/16' OR source_ip GLOB '*.0.0.0/8')
    ELSE 0
  END;
