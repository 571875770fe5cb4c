-- Which migrations ran, and the number of the oldest warden that may still read and write what they made.
CREATE TABLE IF NOT EXISTS warden_schema (
  one smallint PRIMARY KEY, version integer NOT NULL, oldest_reader integer NOT NULL, oldest_writer integer NOT NULL
);

INSERT INTO warden_schema (one, version, oldest_reader, oldest_writer) VALUES (1, 3, 1, 1) ON CONFLICT (one) DO NOTHING;
