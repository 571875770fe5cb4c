-- What warden looks rows up by.

-- add, del and check: by the canonical text of the target.
CREATE INDEX IF NOT EXISTS warden_bans_by_target ON ban_applications (ip_text, deleted_at);

-- The end of those whose time is over.
CREATE INDEX IF NOT EXISTS warden_bans_by_end ON ban_applications (until) WHERE deleted_at IS NULL;

-- Bans whose text may be another spelling of its target: all that are, and few others. An IPv6 range is taken for
-- canonical when it ends in `::/n` and none of its groups lies behind the prefix.
CREATE INDEX IF NOT EXISTS warden_bans_misspelt ON ban_applications (deleted_at, ip_text) WHERE
  CASE
    WHEN ip_text LIKE '%/%' AND ip_text !~ '/[0-9]{1,3}$' THEN true
    WHEN ip_text LIKE '%:%' THEN
      ip_text ~ '[A-F.]'
      OR ip_text ~ '(^|:)0[0-9a-f]' OR ip_text ~ '(^|:)0:0(:|/|$)' OR ip_text ~ '(^|:)0::' OR ip_text LIKE '%::0%'
      OR ip_text LIKE '::ffff:%'
      OR (ip_text LIKE '%::%' AND ip_text LIKE '%:%:%:%:%:%:%:%')
      OR ip_text LIKE '%/128'
      OR (ip_text LIKE '%/%' AND (ip_text NOT LIKE '%::/%'
        OR length(ip_text) - length(replace(ip_text, ':', '')) > split_part(ip_text, '/', 2)::integer / 16 + 1))
    WHEN ip_text LIKE '%/%' THEN
      ip_text LIKE '%/32' OR NOT CASE
        WHEN ip_text ~ '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[./]){4}([12]?[0-9]|3[0-2])$'
          THEN network(ip_text::inet)::text = ip_text
        ELSE false
      END
    ELSE false
  END;

-- bancount and events_count: one seek a row.
CREATE INDEX IF NOT EXISTS warden_signals_by_target ON signal_occurences (source_ip, stop_at) INCLUDE (events_count);

-- Signals whose text may be another spelling of its target.
CREATE INDEX IF NOT EXISTS warden_signals_misspelt ON signal_occurences (source_ip, stop_at) INCLUDE (events_count) WHERE
  CASE
    WHEN source_ip LIKE '%/%' AND source_ip !~ '/[0-9]{1,3}$' THEN true
    WHEN source_ip LIKE '%:%' THEN
      source_ip ~ '[A-F.]'
      OR source_ip ~ '(^|:)0[0-9a-f]' OR source_ip ~ '(^|:)0:0(:|/|$)' OR source_ip ~ '(^|:)0::' OR source_ip LIKE '%::0%'
      OR source_ip LIKE '::ffff:%'
      OR (source_ip LIKE '%::%' AND source_ip LIKE '%:%:%:%:%:%:%:%')
      OR source_ip LIKE '%/128'
      OR (source_ip LIKE '%/%' AND (source_ip NOT LIKE '%::/%'
        OR length(source_ip) - length(replace(source_ip, ':', '')) > split_part(source_ip, '/', 2)::integer / 16 + 1))
    WHEN source_ip LIKE '%/%' THEN
      source_ip LIKE '%/32' OR NOT CASE
        WHEN source_ip ~ '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[./]){4}([12]?[0-9]|3[0-2])$'
          THEN network(source_ip::inet)::text = source_ip
        ELSE false
      END
    ELSE false
  END;

-- Retention: what a signal leaves behind.
CREATE INDEX IF NOT EXISTS warden_bans_by_signal ON ban_applications (signal_occurence_id);
CREATE INDEX IF NOT EXISTS warden_events_by_signal ON event_sequences (signal_occurence_id);
