-- What the last line of `ban list` tells of the bans from the API, for `sqlite3 FILE < counts.sql`: the peer of the benchmark, frozen.
-- :now is replaced by a literal 'YYYY-MM-DD HH:MM:SS'.
select count(*), count(distinct coalesce(s.source_autonomous_system_number||' '||s.source_autonomous_system_organization, b.target_as_name)),
  count(distinct coalesce(s.source_country, b.target_cn))
from ban_applications b left join signal_occurences s on s.id = b.signal_occurence_id
where b.deleted_at is null and b.until >= :now and b.measure_source = 'api';
