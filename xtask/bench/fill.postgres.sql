-- :size bans of addresses, each with its signal.
delete from ban_applications; delete from signal_occurences;
insert into signal_occurences (id, created_at, updated_at, scenario, events_count, start_at, stop_at, source_ip,
  source_autonomous_system_number, source_autonomous_system_organization, source_country)
select n, '2026-11-24 01:00:00Z', '2026-11-24 01:00:00Z', 'crowdsecurity/ssh-bf', 1 + n % 7, '2026-11-24 01:00:00Z', '2026-11-24 01:00:00Z',
  concat_ws('.', 101 + (n >> 24), n >> 16 & 255, n >> 8 & 255, n & 255), '16276', 'OVH SAS', 'FR' from generate_series(1, :size) n;
insert into ban_applications (created_at, updated_at, measure_source, measure_type, measure_extra, until, start_ip, end_ip,
  target_cn, target_as, target_as_name, ip_text, reason, scenario, signal_occurence_id)
select created_at, updated_at, case id % 3 when 0 then 'api' when 1 then 'local' else 'cli' end, 'ban', '', '2036-11-24 01:00:00Z',
  (source_ip::inet - '0.0.0.0'::inet), (source_ip::inet - '0.0.0.0'::inet), 'FR', 16276, 'OVH SAS', source_ip, scenario, '', id
from signal_occurences;
