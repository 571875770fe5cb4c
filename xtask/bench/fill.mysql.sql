-- :size bans of addresses, each with its signal.
delete from ban_applications; delete from signal_occurences;
set max_statement_time = 0;
insert into signal_occurences (id, created_at, updated_at, scenario, events_count, start_at, stop_at, source_ip,
  source_autonomous_system_number, source_autonomous_system_organization, source_country)
select seq, '2026-11-24 01:00:00', '2026-11-24 01:00:00', 'crowdsecurity/ssh-bf', 1 + seq % 7, '2026-11-24 01:00:00', '2026-11-24 01:00:00',
  concat_ws('.', 101 + (seq >> 24), seq >> 16 & 255, seq >> 8 & 255, seq & 255), '16276', 'OVH SAS', 'FR' from seq_1_to_:size;
insert into ban_applications (created_at, updated_at, measure_source, measure_type, measure_extra, until, start_ip, end_ip,
  target_cn, target_as, target_as_name, ip_text, reason, scenario, signal_occurence_id)
select created_at, updated_at, case id % 3 when 0 then 'api' when 1 then 'local' else 'cli' end, 'ban', '', '2036-11-24 01:00:00',
  inet_aton(source_ip), inet_aton(source_ip), 'FR', 16276, 'OVH SAS', source_ip, scenario, '', id from signal_occurences;
