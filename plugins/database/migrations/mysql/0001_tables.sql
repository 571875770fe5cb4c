-- The three tables of CrowdSec v0.3.7. Where they are already there they stay as they are; new ones hold any text and
-- microseconds. Targets compare byte by byte.
CREATE TABLE IF NOT EXISTS ban_applications (
  id int unsigned NOT NULL AUTO_INCREMENT,
  created_at datetime(6) DEFAULT NULL, updated_at datetime(6) DEFAULT NULL, deleted_at datetime(6) DEFAULT NULL,
  measure_source varchar(255) DEFAULT NULL, measure_type varchar(255) DEFAULT NULL, measure_extra varchar(255) DEFAULT NULL,
  until datetime(6) DEFAULT NULL,
  start_ip int unsigned DEFAULT NULL, end_ip int unsigned DEFAULT NULL,
  target_cn varchar(255) DEFAULT NULL, target_as int DEFAULT NULL, target_as_name varchar(255) DEFAULT NULL,
  ip_text varchar(255) COLLATE utf8mb4_bin DEFAULT NULL, reason varchar(255) DEFAULT NULL, scenario varchar(255) DEFAULT NULL,
  signal_occurence_id int unsigned DEFAULT NULL,
  PRIMARY KEY (id), KEY idx_ban_applications_deleted_at (deleted_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS signal_occurences (
  id int unsigned NOT NULL AUTO_INCREMENT,
  created_at datetime(6) DEFAULT NULL, updated_at datetime(6) DEFAULT NULL, deleted_at datetime(6) DEFAULT NULL,
  map_key varchar(255) DEFAULT NULL, scenario varchar(255) DEFAULT NULL, bucket_id varchar(255) DEFAULT NULL,
  alert_message varchar(255) DEFAULT NULL, events_count int DEFAULT NULL,
  start_at datetime(6) DEFAULT NULL, stop_at datetime(6) DEFAULT NULL,
  source_ip varchar(255) COLLATE utf8mb4_bin DEFAULT NULL, source_range varchar(255) DEFAULT NULL,
  source_autonomous_system_number varchar(255) DEFAULT NULL, source_autonomous_system_organization varchar(255) DEFAULT NULL,
  source_country varchar(255) DEFAULT NULL, source_latitude double DEFAULT NULL, source_longitude double DEFAULT NULL,
  dest_ip varchar(255) DEFAULT NULL, capacity int DEFAULT NULL, leak_speed bigint DEFAULT NULL, reprocess tinyint(1) DEFAULT NULL,
  PRIMARY KEY (id), KEY idx_signal_occurences_deleted_at (deleted_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS event_sequences (
  id int unsigned NOT NULL AUTO_INCREMENT,
  created_at datetime(6) DEFAULT NULL, updated_at datetime(6) DEFAULT NULL, deleted_at datetime(6) DEFAULT NULL, time datetime(6) DEFAULT NULL,
  source_ip varchar(255) DEFAULT NULL, source_range varchar(255) DEFAULT NULL,
  source_autonomous_system_number varchar(255) DEFAULT NULL, source_autonomous_system_organization varchar(255) DEFAULT NULL,
  source_country varchar(255) DEFAULT NULL, signal_occurence_id int unsigned DEFAULT NULL, serialized longtext DEFAULT NULL,
  PRIMARY KEY (id), KEY idx_event_sequences_deleted_at (deleted_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
