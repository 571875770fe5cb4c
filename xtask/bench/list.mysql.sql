-- What `ban list -o json` asks, for `mariadb --batch < list.mysql.sql`: the peer of the benchmark, frozen. :now is replaced by a
-- literal 'YYYY-MM-DD HH:MM:SS'. Run it on the same database, with whatever indexes warden has made.
select b.measure_type as action, coalesce(concat(s.source_autonomous_system_number, ' ', s.source_autonomous_system_organization), b.target_as_name) as `as`,
  (select count(*) from signal_occurences x where x.source_ip = b.ip_text) as bancount, coalesce(s.source_country, b.target_cn) as cn,
  (select sum(events_count) from signal_occurences x where x.source_ip = b.ip_text) as events_count, b.ip_text as iptext,
  coalesce(s.scenario, b.reason) as reason, s.scenario, b.measure_source as source, b.until
from ban_applications b left join signal_occurences s on s.id = b.signal_occurence_id
where b.deleted_at is null and b.until >= :now order by b.id desc;
