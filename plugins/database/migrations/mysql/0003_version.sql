-- Which migrations ran, and the number of the oldest warden that may still read and write what they made.
CREATE TABLE IF NOT EXISTS warden_schema (
  one tinyint NOT NULL, version int NOT NULL, oldest_reader int NOT NULL, oldest_writer int NOT NULL, PRIMARY KEY (one)
) ENGINE=InnoDB;

INSERT IGNORE INTO warden_schema (one, version, oldest_reader, oldest_writer) VALUES (1, 3, 1, 1);
